"""Single values, by their keys."""

from syndicator.store.bulk import Insert
from syndicator.store.tables import meta

SET_META = Insert(meta, by=("key",), always=("value",))
