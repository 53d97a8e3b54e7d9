"""The TLS options of a connection: `--ca`, `--certificate`, `--tls`, `--plaintext`."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from rollbook.client import Tls

Decorated = TypeVar("Decorated", bound=Callable[..., object])

_PLACE = "rollbook."
_FILES = {
    "ca": "Use TLS, and trust the authorities in FILE (PEM).",
    "certificate": "Present this client certificate (PEM), if the server asks for one.",
    "key": "The private key of the client certificate (PEM).",
}
FLAGS = {
    "tls": "Use TLS, and trust the system's authorities.",
    "plaintext": "Allow clear text over a network.",
}
"""The options without a value, and their help."""
_YES, _NO = frozenset({"1", "true", "yes", "on"}), frozenset({"", "0", "false", "no", "off"})


@dataclass(frozen=True, slots=True)
class Security:
    """TLS as it was asked for, None: clear text; `plaintext`: also over a network."""

    tls: "Tls | None" = None
    plaintext: bool = False


def security_options(command: Decorated) -> Decorated:
    """Add the TLS options; for `rollbook` and for each command."""
    for name, text in reversed(FLAGS.items()):
        command = click.option(
            f"--{name}",
            is_flag=True,
            flag_value="yes",
            default=None,
            expose_value=False,
            callback=remember(name),
            help=f"{text} [ROLLBOOK_{name.upper()}]",
        )(command)
    for name, text in reversed(_FILES.items()):
        command = click.option(
            f"--{name}",
            metavar="FILE",
            expose_value=False,
            callback=remember(name),
            help=f"{text} [ROLLBOOK_{name.upper()}]",
        )(command)
    return command


def remember(name: str) -> Callable[[click.Context, click.Parameter, str | None], None]:
    """A callback that keeps an option in `meta`, which a command shares with `rollbook`.

    What is written nearer to the command wins.
    """

    def keep(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
        if value is not None:
            ctx.meta[_PLACE + name] = value

    return keep


def given(name: str) -> str:
    """What the option was given, '' where it was not."""
    return str(click.get_current_context().meta.get(_PLACE + name, ""))


def secured(address: str) -> Security:
    """How to connect to the server at `address`.

    Raises:
        click.UsageError: a file cannot be used, two options contradict each other, or a token
            would be sent over a network in clear text without being asked to.
    """
    from rollbook.client import Tls, is_local

    ca, certificate, key = (_file(name) for name in ("ca", "certificate", "key"))
    tls, plaintext = _yes("tls"), _yes("plaintext")
    asked = bool(tls or ca or certificate or key)
    if asked and plaintext:
        raise click.UsageError("--plaintext cannot go with TLS (--tls, --ca or --certificate)")
    if asked:
        try:
            return Security(Tls.read(ca=ca, certificate=certificate, key=key))
        except ValueError as wrong:
            raise click.UsageError(f"TLS: {wrong}") from None
    if not (plaintext or is_local(address)):
        raise click.UsageError(
            f"the token would travel to {address} in clear text: give --ca FILE, or --tls for the "
            "system's authorities, or --plaintext if clear text is meant"
        )
    return Security(plaintext=plaintext)


def _file(name: str) -> Path | None:
    path = given(name) or os.environ.get(f"ROLLBOOK_{name.upper()}", "").strip()
    return Path(path) if path else None


def _yes(name: str) -> bool:
    variable = f"ROLLBOOK_{name.upper()}"
    word = (given(name) or os.environ.get(variable, "")).strip().lower()
    if word not in _YES | _NO:
        raise click.UsageError(f"{variable} is {word!r}, but must be true or false")
    return word in _YES
