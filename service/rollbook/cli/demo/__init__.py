"""`rollbook demo` → the whole job once. The only room that needs the extra `demo`."""

from rollbook.cli.demo.story import demo

__all__ = ["demo"]
