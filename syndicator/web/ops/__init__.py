"""The operators' pages: from a status and short reads of the store to models, and from models to HTML and JSON."""
