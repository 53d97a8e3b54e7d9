"""How commands name a user: WHO, and what it is by `--by`."""

from collections.abc import Callable
from typing import TypeVar

import click

from rollbook.client.users import Key

Decorated = TypeVar("Decorated", bound=Callable[..., object])

_KINDS = ("number", "email", "username", "id")

by_option: Callable[[Decorated], Decorated] = click.option(
    "--by",
    type=click.Choice(list(_KINDS)),
    default="number",
    show_default=True,
    help="How WHO names the user.",
)


def who_argument(command: Decorated) -> Decorated:
    """Add the argument WHO and the option --by."""
    return click.argument("who")(by_option(command))


def key_of(who: str, by: str) -> Key:
    """The key of the user that was typed."""
    match by:
        case "id":
            return {"user_id": who}
        case "email":
            return {"email": who}
        case "username":
            return {"username": who}
    return {"employee_number": who}
