"""Reads the environment into one frozen object. Every limit of the service is a setting."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import DirectoryPath, Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict

from rollbook.settings.limits import KIB, MIB, Count, Limits, Seconds

__all__ = ["COMMAND_VARIABLES", "KIB", "MIB", "Settings"]

# A secret, or the path of a file with one: plugins do not get such a setting.
_Secret = Annotated[str, Field(json_schema_extra={"secret": True})]
_SecretFile = Annotated[Path | None, Field(json_schema_extra={"secret": True})]
# A name, an IPv4 address, or an IPv6 address in brackets.
_HOST = r"(\[[0-9a-zA-Z:.%]+\]|[^\s/\[\]]+)"
_Days = Annotated[int, Field(ge=0, le=36_500)]
_LEAST_PASSES = {46: 1, 19: 2, 12: 3, 9: 4, 7: 5}
"""Passes that argon2id makes at least, by MiB of memory: OWASP's Password Storage Cheat Sheet."""


COMMAND_VARIABLES = (
    *("ROLLBOOK_ADDRESS", "ROLLBOOK_TOKEN", "ROLLBOOK_TOKEN_FILE", "ROLLBOOK_DIRECTORY"),
    *("ROLLBOOK_TLS", "ROLLBOOK_CA", "ROLLBOOK_CERTIFICATE", "ROLLBOOK_KEY"),
    *("ROLLBOOK_PLAINTEXT", "ROLLBOOK_DEBUG", "ROLLBOOK_LOGIN_TOKEN_FILE"),
)
"""What the command reads when it calls a server, as `rollbook web` does; a server reads none."""


class Settings(Limits):
    """What an operator may set, each as `ROLLBOOK_` and its name in upper case.

    The docstring under each field is its line on the operator's page; a test holds them together.
    """

    model_config = SettingsConfigDict(
        env_prefix="ROLLBOOK_",
        env_ignore_empty=True,
        frozen=True,
        extra="ignore",
        use_attribute_docstrings=True,
    )

    @classmethod
    def read(cls, **given: object) -> Self:
        """The settings of the environment; what is `given` wins.

        Raises:
            ValueError: a setting is wrong; one line that names its variable.
        """
        try:
            return cls(**given)  # type: ignore[arg-type]  # pydantic judges them
        except ValidationError as wrong:
            first = wrong.errors()[0]
            name = "_".join(str(part) for part in first["loc"]).upper()
            message = first["msg"]
            if first["type"] == "string_pattern_mismatch":
                wanted = cls.model_fields[name.lower()].description
                message = f"{first['input']!r} does not fit: {wanted}"
            raise ValueError(f"ROLLBOOK_{name}: {message}") from None

    @classmethod
    def variables(cls) -> tuple[str, ...]:
        """The environment variables of all settings."""
        return tuple(f"ROLLBOOK_{name.upper()}" for name in cls.model_fields)

    @classmethod
    def secret_fields(cls) -> tuple[str, ...]:
        """The settings that hold a secret, or the path of a file with one."""
        return tuple(
            name
            for name, field in cls.model_fields.items()
            if isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("secret")
        )

    @field_validator("password_memory_kib")
    @classmethod
    def _costs_enough(cls, memory_kib: int, info: ValidationInfo) -> int:
        passes = info.data.get("password_passes", 1)
        least = min(few for mib, few in _LEAST_PASSES.items() if memory_kib >= mib * KIB)
        if passes < least:
            raise ValueError(f"with {memory_kib} KiB, PASSWORD_PASSES must be {least} or more")
        return memory_kib

    @property
    def plugin_names(self) -> list[str]:
        """The plugins, one by one."""
        return [name.strip() for name in self.plugins.split(",") if name.strip()]

    # where
    database_url: _Secret = ""
    """PostgreSQL to use, as `postgresql://…`; empty with `serve --embedded`."""
    pg_bin: Path | None = None
    """Folder of the PostgreSQL programs for `--embedded`; empty: found."""
    listen: Annotated[str, Field(pattern=rf"^(unix:.+|{_HOST}:[0-9]{{1,5}})$")] = "127.0.0.1:50051"
    """HOST:PORT to listen on, or unix:PATH; port 0 takes a free one."""
    metrics_listen: Annotated[str, Field(pattern=rf"^(({_HOST}:)?[0-9]{{1,5}})?$")] = ""
    """[HOST:]PORT at which Prometheus reads metrics, the host 127.0.0.1; empty: none are shown."""
    web_listen: Annotated[str, Field(pattern=rf"^({_HOST}:[0-9]{{1,5}})?$")] = ""
    """HOST:PORT of the web console and of uploads over HTTP; empty: nowhere."""
    web_proxies: str = ""
    """Addresses or networks of proxies before HTTP, with commas: their X-Forwarded-For is taken."""
    server_name: str = ""
    """A name of its own, kept over restarts: then its imports can go on at once after a crash."""
    profiles: DirectoryPath | None = None
    """Folder of further profiles, `*.toml`; one may replace a shipped one by its name."""
    plugins: str = ""
    """Plugins in the order they are asked, by entry-point name or module:object, with commas."""
    strict_plugins: bool = False
    """Whether a broken plugin stops the start, also where it is installed and not listed."""
    token_files: _Secret = ""
    """Access tokens as PRINCIPAL=FILE, separated by commas; `serve --embedded` makes its own."""
    token_days: Annotated[int, Field(gt=0, le=36_500)] = 90
    """Days after which an access token expires if its maker sets no end."""
    session_hours: Annotated[int, Field(gt=0, le=8_760)] = 12
    """Hours after which a session ends, by a token or a password."""
    jwt_issuer: str = ""
    """Issuer (`iss`) whose JWTs are access tokens too; set audience and keys with it."""
    jwt_audience: str = ""
    """Audience that such a JWT must name in its `aud`."""
    jwt_keys: Path | None = None
    """File of the issuer's public keys, a JWKS or PEM; read again when it changes."""
    jwt_scopes_claim: Annotated[str, Field(min_length=1)] = "scope"
    """The claim with the scopes: words with spaces between them, or a list."""
    jwt_directories_claim: Annotated[str, Field(min_length=1)] = "rollbook_directories"
    """The claim with the directories: a list of names, or `*` for all; without it, none."""
    jwt_user_claim: Annotated[str, Field(min_length=1)] = "rollbook_user"
    """The claim with the user that the principal is linked to, as DIRECTORY:EMPLOYEE_NUMBER."""
    oidc_client_id: str = ""
    """Client of JWT_ISSUER by which people sign in to the console; set secret and URL with it."""
    oidc_client_secret_file: _SecretFile = None
    """File of that client's secret."""
    oidc_redirect_url: str = ""
    """Where the issuer sends people back: https://…/sign-in/callback of the console."""
    oidc_name: str = ""
    """What the button says behind "Sign in with"; empty: the issuer's host."""
    oidc_scopes: str = "openid"
    """What is asked of the issuer: words with spaces between them, openid among them."""
    oidc_token: Literal["access_token", "id_token"] = "access_token"  # noqa: S105 -- its kind
    """Which of the issuer's tokens has the claims of a JWT: access_token, or id_token."""
    reflection: bool = False
    """Whether gRPC server reflection answers."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least severe level that is logged: debug, info, warning, error."""
    log_format: Literal["console", "json"] = "console"
    """How log lines look: console or json."""

    # the connection
    tls_certificate: Path | None = None
    """File of the server's certificate chain, PEM; read again when it changes."""
    tls_key: _SecretFile = None
    """File of the certificate's private key, PEM, without a passphrase."""
    tls_client_ca: Path | None = None
    """File of authorities, PEM: clients must show a certificate of one of them (mutual TLS)."""
    allow_plaintext: bool = False
    """Whether clear text may leave this machine: for a proxy in front of it that speaks TLS."""

    # the database
    pool_size: Count = 10
    """Connections to PostgreSQL; a third of them is kept for what does not write batches."""
    turn_wait: Seconds = 300
    """Seconds that a batch waits until its directory is free; then the import is interrupted."""
    look_from_rows: Annotated[int, Field(ge=0)] = 2
    """Rows from which on a batch is compared with what is stored before its turn; 0: never."""
    read_in_columns: bool = True
    """Whether plain records are read by column; false: one by one, with the same answers."""
    worker_process_from: Annotated[int, Field(ge=0)] = 64 * KIB
    """Bytes of a file's first chunk from which on it is read by a second process; 0: never."""
    statement_cache_size: Annotated[int, Field(ge=0)] = 100
    """Prepared statements a connection keeps; 0 behind a transaction-pooling proxy."""

    # passwords
    credential_keys_file: _SecretFile = None
    """File of keys for links and generated passwords, a line each; `serve --embedded` makes one."""
    credential_sender: str = ""
    """The plugin that alone sends links and generated passwords, by its name in PLUGINS."""
    public_url: Annotated[
        str, Field(pattern=r"^(https://[^\s?#]+|http://(localhost|127\.0\.0\.1|\[::1\])[^\s?#]*)?$")
    ] = ""
    """Address at which people reach the page that sets passwords, https://…; empty: no links."""
    password_passes: Annotated[int, Field(ge=1, le=100)] = 1
    """Passes that argon2id makes over its memory for one password."""
    password_memory_kib: Annotated[int, Field(ge=7 * KIB, le=4 * MIB)] = 46 * KIB
    """Memory of argon2id for one password, in KiB; two at once. Less needs more passes."""
    password_lanes: Annotated[int, Field(ge=1, le=16)] = 1
    """Lanes of argon2id, each a thread for as long as one password takes."""

    # a row
    email_domains: str = ""
    """Domains without a dot that e-mail addresses may have, separated by commas."""

    # plugins
    plugin_timeout: Seconds = 10
    """Seconds that a plugin may take over one batch."""
    notify_timeout: Seconds = 660
    """Seconds that a plugin may take over one lot of notices, 50 at most."""

    # notices
    notification_poll: Seconds = 1
    """Seconds between two searches for notices that are due; a commit here starts one at once."""
    notification_claim: Annotated[float, Field(ge=1)] = 60
    """Seconds after which another server sends the notices of a server that died."""
    notification_hold_after: Count = 20
    """Notices in a row that are undeliverable, with none sent between, before the rest are held."""
    plugin_failures: Count = 5
    """Failures in a row after which an import ends with `plugin_unavailable`."""

    # what is kept
    retention_imports: _Days = 400
    """Days that an import, its answers and issues are kept after it last went on; 0 for ever."""
    retention_rows: _Days = 30
    """Days that an import keeps cells of failed rows, and rows to go on with; 0 for ever."""
    retention_notices: _Days = 400
    """Days that a notice is kept after it was settled; 0 for ever."""
    retention_tokens: _Days = 400
    """Days that a stored token is kept after it expired or was revoked; 0 for ever."""
    sweep_every: Seconds = 3_600
    """Seconds from the end of one sweep of what is too old to the next, of all servers together."""
