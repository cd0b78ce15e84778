"""Files that are replaced at once."""

import os

import pytest

from syndicator.files import replacing, write_text


def test_a_file_that_could_not_be_finished_changes_nothing(tmp_path):
    """The old text stays, and nothing is left beside it."""
    path = tmp_path / "x.toml"
    path.write_text("old")

    def write_half():
        with replacing(path) as new:
            new.write_text("ne")
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        write_half()
    assert [each.name for each in tmp_path.iterdir()] == ["x.toml"]
    assert path.read_text() == "old"


def test_who_reads_sees_the_old_file_or_the_new_one(tmp_path):
    """A reader that has it open keeps what it opened."""
    path = tmp_path / "x.toml"
    path.write_text("old")
    with path.open() as reader:
        with replacing(path) as new:
            new.write_text("new")
            assert path.read_text() == "old"
            assert [each.name[0] for each in tmp_path.iterdir() if each != path] == ["."]
        assert reader.read() == "old"
    assert path.read_text() == "new"


def test_a_new_file_has_the_rights_of_any_new_file(tmp_path):
    """The daemon may run as somebody else and has to read it."""
    write_text(tmp_path / "x.toml", "text")
    (tmp_path / "other").touch()
    assert (tmp_path / "x.toml").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_replaced_file_keeps_its_rights_its_place_and_its_line_ends(tmp_path):
    """Behind a symbolic link too."""
    (tmp_path / "elsewhere").mkdir()
    real, link = tmp_path / "elsewhere" / "x.toml", tmp_path / "x.toml"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    write_text(link, "a\r\nb\n")
    assert (real.read_bytes(), real.stat().st_mode & 0o777, link.is_symlink()) == (b"a\r\nb\n", 0o640, True)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs the right to give files away")
def test_a_replaced_file_keeps_its_owner(tmp_path):
    """An operator who works as root does not take the daemon's files away from it."""
    path = tmp_path / "x.toml"
    path.write_text("old")
    os.chown(path, 12345, 12346)
    write_text(path, "new")
    assert (path.stat().st_uid, path.stat().st_gid) == (12345, 12346)
