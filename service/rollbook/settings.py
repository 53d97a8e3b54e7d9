"""Reads the environment into one frozen object. Every limit of the service is a setting."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import DirectoryPath, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

KIB = 1024
MIB = 1024 * KIB

# A secret, or the path of a file with one: plugins do not get such a setting.
_Secret = Annotated[str, Field(json_schema_extra={"secret": True})]
_SecretFile = Annotated[Path | None, Field(json_schema_extra={"secret": True})]
_Bytes = Annotated[int, Field(gt=0)]
_Count = Annotated[int, Field(gt=0)]
_Seconds = Annotated[float, Field(gt=0)]


class Settings(BaseSettings):
    """What an operator may set, each as `ROLLBOOK_` and its name in upper case.

    The docstring under each field is its line on the operator's page; a test holds them together.
    """

    model_config = SettingsConfigDict(
        env_prefix="ROLLBOOK_", frozen=True, extra="ignore", use_attribute_docstrings=True
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
            raise ValueError(f"ROLLBOOK_{name}: {first['msg']}") from None

    @classmethod
    def secret_fields(cls) -> tuple[str, ...]:
        """The settings that hold a secret, or the path of a file with one."""
        return tuple(
            name
            for name, field in cls.model_fields.items()
            if isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("secret")
        )

    @property
    def plugin_names(self) -> list[str]:
        """The plugins, one by one."""
        return [name.strip() for name in self.plugins.split(",") if name.strip()]

    # where
    database_url: _Secret = ""
    """PostgreSQL to use, as `postgresql://…`; empty with `serve --embedded`."""
    pg_bin: Path | None = None
    """Folder of the PostgreSQL programs for `--embedded`; empty: found."""
    listen: Annotated[str, Field(pattern=r"^(unix:.+|.+:[0-9]{1,5})$")] = "127.0.0.1:50051"
    """HOST:PORT to listen on, or unix:PATH; port 0 takes a free one."""
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
    pool_size: _Count = 10
    """Connections to PostgreSQL; a third of them is kept for what does not write batches."""
    turn_wait: _Seconds = 300
    """Seconds that a batch waits until its directory is free; then the import is interrupted."""
    statement_cache_size: Annotated[int, Field(ge=0)] = 100
    """Prepared statements a connection keeps; 0 behind a transaction-pooling proxy."""

    # a message
    max_message_bytes: _Bytes = 1 * MIB
    """Largest gRPC message received, judged with a reason."""
    max_message_bytes_hard: _Bytes = 4 * MIB
    """Largest gRPC message received at all; the gRPC core refuses beyond it, without a reason."""
    max_sent_bytes: _Bytes = 1 * MIB
    """Largest gRPC message sent; results are split over several."""
    max_chunk_bytes: _Bytes = 256 * KIB
    """Largest chunk of CSV in one message."""
    max_typed_rows: _Count = 1_000
    """Most typed rows in one message."""
    max_metadata_bytes: _Bytes = 8 * KIB
    """Largest request metadata."""

    # a file
    max_rows: _Count = 10_000_000
    """Most data rows of one import."""
    max_record_bytes: _Bytes = 1 * MIB
    """Largest data record, in bytes."""
    max_header_bytes: _Bytes = 64 * KIB
    """Largest header record, in bytes."""
    max_columns: _Count = 256
    """Most columns of a file."""
    max_column_name_bytes: _Bytes = 64
    """Longest column name, in bytes."""

    # a row
    email_domains: str = ""
    """Domains without a dot that e-mail addresses may have, separated by commas."""

    # a batch
    batch_rows: _Count = 5_000
    """Most rows of a batch, which is one transaction."""
    batch_bytes: _Bytes = 4 * MIB
    """Most bytes of cells of a batch."""
    batch_wait: _Seconds = 0.005
    """Seconds that the reader waits for bytes before a batch is cut short."""
    batch_wait_busy: _Seconds = 0.020
    """The same while another batch is being written."""

    # a stream
    first_message_wait: _Seconds = 10
    """Seconds until the first message of a stream must have come."""
    message_gap: _Seconds = 60
    """Longest gap between two messages of a stream, in seconds."""
    least_rate: Annotated[int, Field(ge=0)] = 1 * KIB
    """Least bytes a second that a file must come at, once begun; 0 for any."""
    least_rate_over: _Seconds = 30
    """Seconds of reading over which that rate is measured."""
    unread_bytes: _Bytes = 16 * MIB
    """Most bytes of results held for a client that does not read."""
    unread_wait: _Seconds = 60
    """Seconds that the server waits for such a client before it cuts the call."""
    drain_delay: Annotated[float, Field(ge=0)] = 5
    """Seconds after SIGTERM in which health reports NOT_SERVING and calls are still accepted."""
    shutdown_grace: _Seconds = 8
    """Seconds that running batches and calls are given at shutdown."""

    # imports
    imports_per_principal: _Count = 8
    """Imports that one principal may run at once."""
    imports_per_process: _Count = 32
    """Imports that one server runs at once, without those of callers with `server:read`."""
    import_queue_wait: _Seconds = 10
    """Seconds that an import beyond those waits for a slot."""
    new_imports_per_hour: _Count = 600
    """New imports an hour that a principal may start; resumes are not counted."""
    lease: Annotated[float, Field(ge=1)] = 30
    """Seconds after which an import of a silent server may be taken over."""

    # plugins
    plugin_timeout: _Seconds = 10
    """Seconds that a plugin may take over one batch."""
    notify_timeout: _Seconds = 660
    """Seconds that a plugin may take over one lot of notices, 50 at most."""

    # notices
    notification_poll: _Seconds = 1
    """Seconds between two searches for notices that are due; a commit here starts one at once."""
    notification_claim: Annotated[float, Field(ge=1)] = 60
    """Seconds after which another server sends the notices of a server that died."""
    plugin_failures: _Count = 5
    """Failures in a row after which an import ends with `plugin_unavailable`."""
