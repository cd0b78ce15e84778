"""Pack what a release carries compiled: ``python -m syndicator.tag.ship FOLDER``; see ``tag.shipped``."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from syndicator.tag.common_words import common_words, languages_with_words
from syndicator.tag.gazetteer_cache import ensure_gazetteer, installed_inputs
from syndicator.tag.shipped import Manifest, pack


def main() -> None:
    """Compile the gazetteer, if it is not in the cache, and pack it into the folder on the command line."""
    path = ensure_gazetteer()
    whole, inputs = path.read_bytes(), installed_inputs()
    manifest = Manifest(
        name=path.name,
        unicode=inputs.unicode,
        packages=inputs.packages,
        byteorder=sys.byteorder,
        size=len(whole),
        sha256=hashlib.sha256(whole).hexdigest(),
    )
    pack(Path(sys.argv[1]), path, manifest, {each: common_words(each) for each in languages_with_words()})


if __name__ == "__main__":
    main()
