"""How commands print: streams, and the formats table, JSON lines and CSV."""
