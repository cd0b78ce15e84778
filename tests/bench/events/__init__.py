"""How well stories are grouped into events, beside other methods, and what it costs."""
