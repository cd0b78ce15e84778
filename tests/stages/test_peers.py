"""Who answered, as a request over TLS shows it: directly, through proxies, and at each host on the way."""

import asyncio
import ssl
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import msgspec
import pytest

from syndicator.fetch import Fetcher
from syndicator.models import DIRECT, FetchOptions, FetchSettings, Outcome, RequestNote, Validators
from tests.conftest import NOW
from tests.flow.faults import reply
from tests.flow.test_faults_transport import Names
from tests.newsroom import raw_server

TLS = Path(__file__).parents[1] / "data" / "tls"
# As openssl tells it: openssl x509 -pubkey | openssl pkey -pubin -outform der | sha256sum
KEYS = {
    "valid": "c1b37d258a283fbe3bf3adfb7af4120e7ddfeeb383d93af5c3cf1c5e2877f403",
    "other": "d04a7d38522d5ad58091e3a750c96b12cc909534aefc7ba22761f657d129b53d",
}


@asynccontextmanager
async def newsroom(certificate="valid", *, answers=None):
    """Serve an outlet over TLS, and yield its port and who asks."""
    trust = ssl.create_default_context(cafile=TLS / "authority.pem")
    trust.load_verify_locations(TLS / "other_authority.pem")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(TLS / f"{certificate}.pem")

    async def speak(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        path = head.split()[1].decode()
        writer.write((answers or {}).get(path, reply("خبر".encode())))
        await writer.drain()

    server, port = await raw_server(speak, ssl=tls)
    settings = FetchSettings(user_agent="t", spacing=timedelta(0), allow_private=(ip_network("127.0.0.0/8"),))
    fetch = Fetcher(settings, clock=lambda: NOW, resolver=Names(), tls=trust)

    async def ask(address, way=DIRECT):
        return await fetch(address, Validators(), way)

    try:
        yield port, ask
    finally:
        await fetch.close()
        server.close()


@asynccontextmanager
async def proxy(scheme):
    """Relay what comes through a proxy to the loopback address, whatever name is asked for."""

    ended = asyncio.Event()

    async def relay(reader, writer):
        if scheme == "socks5":
            await reader.readexactly(3)
            writer.write(b"\x05\x00")
            head = await reader.readexactly(5)
            rest = await reader.readexactly(head[4] + 2)
            port = int.from_bytes(rest[-2:], "big")
            writer.write(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
        else:
            head = await reader.readuntil(b"\r\n\r\n")
            port = int(head.split()[1].rpartition(b":")[2])
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        inner, outer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pump(reader, outer), pump(inner, writer))
        ended.set()

    async def pump(source, target):
        while piece := await source.read(65536):
            target.write(piece)
        target.close()
        await target.wait_closed()

    server = await asyncio.start_server(relay, "127.0.0.1", 0)
    yield f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    await ended.wait()
    server.close()


@pytest.mark.parametrize(
    ("certificate", "issuer", "until"),
    [
        ("valid", "Test authority", datetime(2120, 1, 1, tzinfo=UTC)),
        ("other", "Other Trust", datetime(2126, 11, 7, 2, 5, 50, tzinfo=UTC)),
    ],
)
async def test_a_certificate_is_known_by_its_issuers_organisation_its_key_and_its_end(certificate, issuer, until):
    """An issuer without an organisation by its name. A loopback address says nothing."""
    async with newsroom(certificate) as (port, ask):
        document = await ask(f"https://news.example:{port}/feed.xml")
        (peer,) = document.peers
        assert (peer.host, peer.prefix) == (f"news.example:{port}", "")
        assert (peer.certificate.issuer, peer.certificate.valid_until) == (issuer, until)
        assert peer.certificate.key == KEYS[certificate]


@pytest.mark.parametrize("scheme", ["socks5", "http"])
async def test_through_a_proxy_the_certificate_is_the_outlets_and_no_address_is(scheme):
    async with proxy(scheme) as address, newsroom() as (port, ask):
        way = FetchOptions(proxy=address, respect_robots=False)
        document = await ask(f"https://news.example:{port}/feed.xml", way)
        assert document.outcome is Outcome.OK
        (peer,) = document.peers
        assert (peer.prefix, peer.certificate.key) == ("", KEYS["valid"])


async def test_a_host_that_redirects_and_fails_tells_as_much_and_once():
    moved = {}
    async with newsroom(answers=moved) as (port, ask):
        there = f"https://news.example:{port}/gone.xml"
        moved["/feed.xml"] = reply(b"", f"Location: {there}", status="302 Found")
        moved["/gone.xml"] = reply(b"", status="404 Not Found")
        document = await ask(f"https://news.example:{port}/feed.xml")
        assert document.outcome is Outcome.NOT_FOUND
        assert [each.host for each in document.peers] == [f"news.example:{port}"]


async def test_a_certificate_that_is_not_trusted_is_a_failure_and_teaches_nothing():
    async with newsroom("expired") as (port, ask):
        document = await ask(f"https://news.example:{port}/feed.xml")
        assert (document.outcome, document.peers) == (Outcome.TLS_ERROR, ())


async def test_a_capture_of_a_poll_keeps_who_answered():
    """A replay doubts documents as the daemon did; notes of an older version, without it, are still read."""
    async with newsroom() as (port, ask):
        document = await ask(f"https://news.example:{port}/feed.xml")
    note = RequestNote(endpoint=document.endpoint, url=document.url, outcome="ok", peers=document.peers)
    written = msgspec.json.encode(note)
    assert msgspec.json.decode(written, type=RequestNote) == note
    older = {key: value for key, value in msgspec.json.decode(written).items() if key != "peers"}
    assert msgspec.convert(older, RequestNote).peers == ()
