"""Formats log lines as JSON or console text, on standard error."""

import logging
import sys
import traceback
from collections.abc import Iterator
from importlib.metadata import version
from typing import TextIO, cast

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from rollbook.hooks import Plugins
from rollbook.settings import Settings

_DRIVER = "asyncpg"
_MOST_CAUSES = 10
_log: FilteringBoundLogger = structlog.get_logger()


class _StandardError:
    """Standard error as it is when a line is written: it may have been put aside since."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


class _Libraries(logging.Handler):
    """What libraries log by the standard library, as lines of ours: asyncio, gRPC, warnings."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        facts: dict[str, object] = {"logger": record.name}
        if error and (_of_driver(record.name) or _of_driver(type(error).__module__)):
            facts["why"] = next(_described(error))  # its frames say nothing to an operator
        elif error:
            facts["exc_info"] = error
        _log.log(record.levelno, record.getMessage(), **facts)


def set_up(settings: Settings) -> None:
    """Console lines for people, or JSON for machines, from the level that was asked for."""
    level = getattr(logging, settings.log_level.upper(), logging.INFO)
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _with_exception,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(cast(TextIO, _StandardError())),
        cache_logger_on_first_use=False,  # who captures log lines in a test must find them
    )


def take_in_libraries() -> None:
    """Let what libraries log, from warnings on, be lines of this log: a server's process only."""
    logging.basicConfig(level=logging.WARNING, handlers=[_Libraries()], force=True)
    logging.captureWarnings(capture=True)


def started(settings: Settings, plugins: Plugins, address: str) -> None:
    """Log what has started: the version, the plugins, and the settings that are no secrets.

    JSON has every setting; for people at a console, only those that differ from the defaults.
    """
    few = settings.log_format == "console"
    _log.info(
        "started",
        version=version("rollbook"),
        address=address,
        settings=settings.model_dump(
            mode="json", exclude={*Settings.secret_fields()}, exclude_defaults=few
        ),
        plugins=[f"{plugin.name} {plugin.version}".strip() for plugin in plugins.describe()],
    )


def _with_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The exception of a line as its field `exception`."""
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given
    if isinstance(error, BaseException):
        event["exception"] = "\n".join(_described(error))
    return event


def _of_driver(module: str) -> bool:
    return module.partition(".")[0] == _DRIVER


def _described(error: BaseException) -> Iterator[str]:
    """Type, text and frames of an exception and its causes, the last that was raised first.

    The driver's own text, and that of what caused it, is left out: it may quote the values of a
    row. The StoreError above it has what may be shown.
    """
    cause: BaseException | None = error
    quoting = False
    for _ in range(_MOST_CAUSES):
        if cause is None:
            return
        kind = type(cause)
        quoting = quoting or _of_driver(kind.__module__)
        name = f"{kind.__module__}.{kind.__qualname__}"
        yield name if quoting else f"{name}: {cause}"
        yield from (line.rstrip() for line in traceback.format_tb(cause.__traceback__))
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
