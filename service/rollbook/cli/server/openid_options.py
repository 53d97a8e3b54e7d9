"""The options of `rollbook web` for OpenID Connect, by the names of a server's settings."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import click

Decorated = TypeVar("Decorated", bound=Callable[..., object])
_OPTIONS = (
    ("jwt-issuer", "URL", "Let people sign in at this OpenID Connect issuer."),
    ("oidc-client-id", "ID", "The client that the issuer knows this console by."),
    ("oidc-client-secret-file", "FILE", "The file of the client's secret."),
    ("oidc-redirect-url", "URL", "Where people come back: https://…/sign-in/callback."),
    ("oidc-name", "NAME", 'What the button says behind "Sign in with"; else the issuer\'s host.'),
    ("oidc-scopes", "WORDS", "What is asked of the issuer, openid among them."),
    ("oidc-token", "KIND", "Which token has the claims: access_token or id_token."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIDOptions:
    """What was typed, or stands in the environment; the server alone knows the audience."""

    jwt_issuer: str
    oidc_client_id: str
    oidc_client_secret_file: Path | None
    oidc_redirect_url: str
    oidc_name: str
    oidc_scopes: str
    oidc_token: str
    jwt_audience: str = ""


def openid_options(command: Decorated) -> Decorated:
    """Add the options, whose values are those of `OpenIDOptions`."""
    kinds: dict[str, click.Path | click.Choice[str]] = {
        "FILE": click.Path(dir_okay=False, path_type=Path),
        "KIND": click.Choice(["access_token", "id_token"]),
    }
    defaults = {"FILE": None, "KIND": "access_token", "WORDS": "openid"}
    for name, shape, text in reversed(_OPTIONS):
        variable = f"ROLLBOOK_{name.replace('-', '_').upper()}"
        command = click.option(
            f"--{name}",
            metavar=shape,
            type=kinds.get(shape, click.STRING),
            default=defaults.get(shape, ""),
            envvar=variable,
            help=f"{text} [{variable}]",
        )(command)
    return command
