"""Fixtures of unit tests."""

import pytest

from syndicator.tag import RegionTagger, ensure_gazetteer, open_gazetteer


@pytest.fixture(scope="session")
def tagger():
    """Return a tagger of regions; it remembers words and names, and nothing of the texts."""
    return RegionTagger(open_gazetteer(ensure_gazetteer()))
