"""What survives a restart. The only door to SQLAlchemy."""

from syndicator.store.sql import Store, Transaction

__all__ = ["Store", "Transaction"]
