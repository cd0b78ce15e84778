"""What holds for every page, asked of a real browser: nothing overflows, everything can be read, named and reached.

``Browser`` drives Chromium by its debugging protocol, which runs our questions whatever the page's policy forbids.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import aiohttp

WIDTHS = (360, 390, 820, 1280, 1920)
# Each is a function body that returns what is wrong, as a list of texts.
CHECKS = {
    "overflow": """
        const wide = document.documentElement.clientWidth, found = [];
        if (document.documentElement.scrollWidth > wide) found.push(`page ${document.documentElement.scrollWidth} > ${wide}`);
        for (const each of document.querySelectorAll('body *')) {
            if (each.closest('pre, .sr, .skip, svg') || getComputedStyle(each).position === 'absolute') continue;
            const box = each.getBoundingClientRect();
            if (box.width && (box.right > wide + 1 || box.left < -1))
                found.push(`${each.tagName}.${each.className} ${Math.round(box.left)}..${Math.round(box.right)}: ${each.textContent.trim().slice(0, 40)}`);
        }
        return found.slice(0, 5);
    """,
    "headings": """
        const found = [], levels = [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map(each => +each.tagName[1]);
        if (levels.filter(each => each === 1).length !== 1) found.push(`${levels.filter(each => each === 1).length} h1`);
        levels.forEach((each, n) => { if (n && each > levels[n - 1] + 1) found.push(`h${each} after h${levels[n - 1]}`); });
        return found;
    """,
    "ids": """
        const ids = [...document.querySelectorAll('[id]')].map(each => each.id), found = ids.filter((each, n) => ids.indexOf(each) !== n);
        for (const each of document.querySelectorAll('a[href^="#"]'))
            if (!document.getElementById(each.getAttribute('href').slice(1))) found.push(`dead ${each.getAttribute('href')}`);
        for (const name of ['for', 'aria-labelledby'])
            for (const each of document.querySelectorAll(`[${name}]`))
                if (!document.getElementById(each.getAttribute(name))) found.push(`${name} ${each.getAttribute(name)}`);
        return found;
    """,
    "names": """
        const found = [];
        for (const each of document.querySelectorAll('svg'))
            if (each.getAttribute('aria-hidden') !== 'true' && !each.getAttribute('aria-label')) found.push('svg without a name');
        for (const each of document.querySelectorAll('input:not([type=hidden]), select, progress'))
            if (!each.getAttribute('aria-label') && !(each.labels && each.labels.length)) found.push(`${each.tagName} without a name`);
        for (const each of document.querySelectorAll('a, button'))
            if (!each.textContent.trim() && !each.getAttribute('aria-label')) found.push(`${each.tagName} without words`);
        for (const each of document.querySelectorAll('img')) if (each.getAttribute('alt') === null) found.push('img without alt');
        for (const each of document.querySelectorAll('table.stack')) if (each.getAttribute('role') !== 'table') found.push('table without a role');
        for (const each of document.querySelectorAll('[style], script, [onclick], [onerror]')) found.push(`${each.tagName} with a style or script`);
        return found;
    """,
    "small text": """
        const found = [];
        for (const each of document.querySelectorAll('body *'))
            if ([...each.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()) && !each.closest('title'))
                if (parseFloat(getComputedStyle(each).fontSize) < 12) found.push(`${each.tagName} ${getComputedStyle(each).fontSize}`);
        return found.slice(0, 5);
    """,
    "contrast": """
        const parse = text => { const n = text.match(/[\\d.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n; };
        const light = rgb => { const [r, g, b] = rgb.slice(0, 3).map(v => { v /= 255; return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; }); return .2126 * r + .7152 * g + .0722 * b; };
        const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + .05) / (y + .05); };
        const behind = each => { for (; each; each = each.parentElement) { const c = parse(getComputedStyle(each).backgroundColor); if (c[3] > 0) return c; } return [255, 255, 255, 1]; };
        const found = new Set();
        for (const each of document.querySelectorAll('body *')) {
            if (each.closest('svg, title, option') || !each.getClientRects().length) continue;
            if (![...each.childNodes].some(node => node.nodeType === 3 && node.textContent.trim())) continue;
            const r = ratio(parse(getComputedStyle(each).color), behind(each));
            if (r < 4.5) found.add(`${each.tagName}.${each.className} ${r.toFixed(2)}`);
        }
        for (const each of document.querySelectorAll('.strip path')) {
            const r = ratio(parse(getComputedStyle(each).stroke), behind(each.closest('svg')));
            if (r < 3) found.add(`strip ${each.getAttribute('class')} ${r.toFixed(2)}`);
        }
        for (const each of document.querySelectorAll('.st')) {
            const shape = getComputedStyle(each, '::before'), filled = parse(shape.backgroundColor);
            const r = ratio(filled[3] ? filled : parse(shape.borderTopColor), behind(each));
            if (r < 3) found.add(`${each.className} ${r.toFixed(2)}`);
        }
        for (const each of document.querySelectorAll('input:not([type=hidden]), select')) {
            const r = ratio(parse(getComputedStyle(each).borderTopColor), behind(each.parentElement));
            if (r < 3) found.add(`edge of ${each.tagName} ${r.toFixed(2)}`);
        }
        return [...found].slice(0, 8);
    """,
}


@dataclass
class Browser:
    """A running Chromium with one page. Make one with ``browser``."""

    socket: aiohttp.ClientWebSocketResponse
    session: str = ""
    reports: list[str] = field(default_factory=list)
    _number: int = 0
    _loaded: bool = False

    async def call(self, method: str, **given: Any) -> Any:
        """Call a method of the protocol and return its result."""
        self._number += 1
        number = self._number
        message = {"id": number, "method": method, "params": given}
        await self.socket.send_json(message | ({"sessionId": self.session} if self.session else {}))
        while True:
            answer = await self._next()
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return answer["result"]

    async def _next(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(await self.socket.receive_str())
        match answer.get("method"):
            case "Log.entryAdded":
                self.reports.append(answer["params"]["entry"]["text"])
            case "Page.loadEventFired":
                self._loaded = True
        return answer

    async def open(self, url: str) -> Self:
        """Load a page, and wait until it is there."""
        self._loaded = False
        await self.call("Page.navigate", url=url)
        while not self._loaded:
            await self._next()
        return self

    async def look(self, *, width: int, is_dark: bool = False, is_printed: bool = False, height: int = 900) -> None:
        """Show the page as wide as that, in light or dark colours, on a screen or on paper."""
        await self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}
        await self.call("Emulation.setEmulatedMedia", media="print" if is_printed else "screen", features=[scheme])

    async def mirror(self) -> None:
        """Turn the page as for a language that is written from the right."""
        await self.ask("document.documentElement.dir = 'rtl'; return []")

    async def ask(self, body: str) -> list[str]:
        """Return what the body of a function in the page returns."""
        found = await self.call("Runtime.evaluate", expression=f"(() => {{{body}}})()", returnByValue=True)
        assert "exceptionDetails" not in found, found
        return list(found["result"]["value"])

    async def faults(self, *names: str) -> list[str]:
        """Return what is wrong with the page as it is shown, by some of the checks or all."""
        return [f"{name}: {each}" for name in names or CHECKS for each in await self.ask(CHECKS[name])]

    async def picture(self, path: Path) -> None:
        """Write a picture of the whole page."""
        found = await self.call("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(found["data"]))


@asynccontextmanager
async def browser(chromium: str, folder: Path) -> AsyncIterator[Browser]:
    """Run Chromium with a profile in a folder."""
    process = await asyncio.create_subprocess_exec(
        *(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
        *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars"),
        *(f"--user-data-dir={folder / 'profile'}", "--remote-debugging-port=0", "about:blank"),
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stderr is not None
        async for line in process.stderr:
            if b"DevTools listening on" in line:
                break
        address = line.decode().rpartition(" on ")[2].strip()
        drain = asyncio.create_task(process.stderr.read())
        async with aiohttp.ClientSession() as client, client.ws_connect(address, max_msg_size=0) as socket:
            one = Browser(socket)
            target = await one.call("Target.createTarget", url="about:blank")
            attached = await one.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
            one.session = attached["sessionId"]
            for room in ("Page", "Log", "Runtime"):
                await one.call(f"{room}.enable")
            yield one
        drain.cancel()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
