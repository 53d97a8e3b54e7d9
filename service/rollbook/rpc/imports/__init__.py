"""ImportService: the stream of an import, and the methods about imports."""
