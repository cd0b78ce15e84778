"""Build a release, sdist and wheel, with the gazetteer compiled: ``python deploy/release/dist.py --out dist``.

It is built in a copy of the tree, so that the tree itself goes on compiling its own. No network is needed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_TREE = (
    "CHANGELOG.md CONTRIBUTING.md LICENSE MANIFEST.in Makefile README.md SECURITY.md config constraints.txt deploy docs"
    " pyproject.toml syndicator"
).split()
# The backend of PEP 517 itself: an isolated build would fetch setuptools from the network.
_BUILD = "import sys; from setuptools import build_meta as b; out = sys.argv[1]; b.build_sdist(out); b.build_wheel(out)"
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.egg-info")


def build(out: Path) -> Path:
    """Build into ``out`` and return the wheel's path."""
    out.mkdir(parents=True, exist_ok=True)
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryDirectory(prefix="syndicator-release-") as folder:
        tree = Path(folder) / "tree"
        copy_tree(tree)
        shipped = tree / "syndicator" / "tag" / "shipped"
        subprocess.run((sys.executable, "-m", "syndicator.tag.ship", str(shipped)), check=True, env=environ)  # noqa: S603
        subprocess.run((sys.executable, "-c", _BUILD, str(out.resolve())), check=True, cwd=tree, stdout=sys.stderr)  # noqa: S603
    return max(out.glob("syndicator-*.whl"), key=lambda path: path.stat().st_mtime_ns)


def copy_tree(tree: Path) -> None:
    """Copy what a release is built of."""
    tree.mkdir()
    for name in _TREE:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=_LEFT_OUT)
        else:
            shutil.copy2(source, tree / name)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Build sdist and wheel, with the gazetteer compiled.")
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    sys.stdout.write(f"{build(parser.parse_args().out)}\n")
