"""`rollbook demo`: shows a whole import on real parts. It needs the extra `demo`."""

import click

from rollbook.cli.extras import needs_extra


@click.command()
def demo() -> int:
    """Show a whole import on real parts, and leave nothing behind.

    It starts a database and the service, imports a file with wrong rows, shows the answer of each
    row, and imports the file again. Everything runs on this machine only.
    """
    with needs_extra("demo"):
        from rollbook.cli.demo.story import run_demo
    return run_demo()
