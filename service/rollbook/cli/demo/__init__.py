"""`rollbook demo`: shows a whole import on real parts. It needs the extra `demo`."""

import click

from rollbook.cli.extras import needs_extra


@click.command()
def demo() -> int:
    """Show the whole job once.

    A database, the service, a file with wrong rows, every row answered, the file again.
    Everything is real, runs on this machine only, and is gone when it ends.
    """
    with needs_extra("demo"):
        from rollbook.cli.demo.story import run_demo
    return run_demo()
