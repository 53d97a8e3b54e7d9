"""ImportService: the stream of an import, and what can be asked about imports."""
