"""Ends a command: prints one line on stderr for an error, and chooses the exit code.

0 every row fine · 1 finished, some rows failed · 2 usage · 3 the file cannot be read ·
4 unreachable or unavailable · 5 not permitted · 6 stopped by a rule · 7 internal ·
8 refused for now · 130 Ctrl-C.
"""

import json
import os
import re
import sys
import traceback
from collections.abc import Sequence
from difflib import get_close_matches

import click

from rollbook.cli.screen.streams import PipeTolerantStdout, print_error, printable
from rollbook.errors import FileFault, Reason, RollbookError

FINE, SOME_FAILED, USAGE, UNAVAILABLE, INTERNAL, CTRL_C = 0, 1, 2, 4, 7, 130

ARGUMENTS = "rollbook.arguments"
"""Where `click.Context.meta` keeps what was typed, for the command that resumes an import."""
OUTPUT = "rollbook.output"
"""Where `click.Context.meta` keeps the value of --output."""


class CannotStart(click.ClickException):
    """A server or its database does not answer yet: a second try may help.

    No server has refused anything, so there is no reason in brackets.
    """

    exit_code = UNAVAILABLE


def main() -> None:
    """The entry point: run the command that was typed, and leave with its code."""
    # Before gRPC is imported: its core would write "Got goaway" and its verdict on a certificate to
    # the screen; our own line has both.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    # A fork here only runs another program; gRPC's handlers of it can crash that child.
    os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str], command: click.Command | None = None) -> int:
    """Run `rollbook ARGUMENTS` and return its exit code; nothing is raised.

    `command`: another one, which ends in the same way.
    """
    with PipeTolerantStdout.installed():
        try:
            return _run(arguments, command or _rollbook())
        except KeyboardInterrupt:
            print_error("rollbook: interrupted")
            return CTRL_C
        except CannotStart as wrong:
            print_error(f"rollbook: {_plain(wrong.format_message())}")
            return wrong.exit_code
        except BrokenPipeError:
            return FINE  # the reader of stdout has closed it
        except OSError as wrong:  # such as a full disk under stdout
            print_error(f"rollbook: {wrong.strerror or wrong}")
            return INTERNAL
        except Exception as wrong:  # a person sees a traceback only on request
            return _broke(wrong, arguments)


def _broke(wrong: Exception, arguments: Sequence[str]) -> int:
    if isinstance(wrong, UnicodeEncodeError) and (odd := _not_text(arguments)):
        print_error(f"rollbook: the argument {odd!r} is not in UTF-8")
        return USAGE
    if os.environ.get("ROLLBOOK_DEBUG"):
        traceback.print_exception(wrong)
    print_error(
        f"rollbook: it broke, which is a bug ({type(wrong).__name__}: {wrong}); "
        "ROLLBOOK_DEBUG=1 shows where"
    )
    return INTERNAL


def _not_text(arguments: Sequence[str]) -> str:
    """The first argument with bytes that are no UTF-8, for a person; '': none has."""
    odd = (one for one in arguments if one.encode(errors="replace").decode() != one)
    return printable(next(odd, ""))


def _rollbook() -> click.Command:
    from rollbook.cli.main import rollbook

    return rollbook


def _run(arguments: Sequence[str], command: click.Command) -> int:
    meta: dict[str, object] = {}
    try:
        with command.make_context("rollbook", list(arguments)) as context:
            meta = context.meta
            meta[ARGUMENTS] = list(arguments)
            return int(command.invoke(context) or FINE)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.exceptions.NoArgsIsHelpError as asked:
        click.echo(asked.format_message(), err=True)
        return USAGE
    except click.UsageError as wrong:
        path = wrong.ctx.command_path if wrong.ctx else "rollbook"
        message = _plain(wrong.format_message()) + _suggestion(wrong)
        print_error(f"{path}: {message} (see {path} --help)")
        return USAGE
    except click.Abort:
        return CTRL_C
    except RollbookError as refused:
        return report_refusal(refused, output=str(meta.get(OUTPUT, "")))


def _suggestion(wrong: click.UsageError) -> str:
    """The command that was probably meant by a word that is none."""
    group = wrong.ctx.command if wrong.ctx else None
    if not (wrong.ctx and isinstance(group, click.Group)):
        return ""
    message = wrong.format_message()
    if "did you mean" in message.lower():  # newer versions of click ask themselves
        return ""
    word = re.search(r"^No such command '(.*)'", message)
    near = get_close_matches(word[1], group.list_commands(wrong.ctx), 1) if word else []
    return f". Did you mean {near[0]!r}?" if near else ""


def report_refusal(
    refused: RollbookError, *, output: str, command: str = "rollbook", place: str = ""
) -> int:
    """Print a refusal: one line on stderr, and with --output ndjson also the last line of stdout.

    The line of stdout is `{"error": {"reason", "line", "message"}}`; `line` is 0 if the refusal is
    not about a line of a file. Returns the exit code.
    """
    if output == "ndjson":
        line = refused.line if isinstance(refused, FileFault) else 0
        error = {"reason": _reason(refused), "line": line, "message": refused.message}
        print(json.dumps({"error": error}, ensure_ascii=False), flush=True)  # noqa: T201
    print_error(f"{command}: {place}{describe_error(refused)}")
    return refused.verdict.exit_code


def describe_error(refused: RollbookError) -> str:
    """A refusal for a person: its sentence, what to do, and its code in brackets."""
    message = _plain(refused.message)
    if seconds := refused.facts.get("retry_after"):
        message += f"; try again in {seconds} s"
    if refused.reason in _ABOUT_THE_TOKEN:
        message += "; the token comes from --token-file or ROLLBOOK_TOKEN_FILE"
    return f"{message} [{_reason(refused)}]"


def _reason(refused: RollbookError) -> str:
    """Its code; one that this version does not know is kept as the server wrote it."""
    return refused.facts.get("reason", refused.reason.value)


def _plain(message: str) -> str:
    return message.strip().rstrip(".")


_ABOUT_THE_TOKEN = frozenset({Reason.TOKEN_MISSING, Reason.TOKEN_INVALID, Reason.TOKEN_EXPIRED})
