"""Everything that cannot be made again, in one file: configuration, keys, database, published files, captures.

contents -> archive.write -> FILE (tar, zstd) -> archive.verify -> restore
"""

from syndicator.runtime.backup.contents import Contents, contents_of
from syndicator.runtime.backup.make import back_up
from syndicator.runtime.backup.restore import Restored, restore

__all__ = ["Contents", "Restored", "back_up", "contents_of", "restore"]
