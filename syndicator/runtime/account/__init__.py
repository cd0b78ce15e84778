"""All that is known of one story, for its page, its JSON and ``syndicator explain``: one module for each part of it."""

from syndicator.runtime.account.gather import account_in, account_of

__all__ = ["account_in", "account_of"]
