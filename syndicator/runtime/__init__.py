"""The running daemon, and what it shows of itself."""
