"""Whatever a command ends with → one line on stderr at most, and the exit code.

0 every row fine · 1 finished, some rows failed · 2 usage · 3 the file cannot be read ·
4 unreachable or unavailable · 5 not permitted · 6 stopped by a rule · 7 internal ·
8 refused for now · 130 Ctrl-C.
"""

import os
import sys
import traceback
from collections.abc import Sequence

import click

from rollbook.cli.screen.streams import PipeTolerantStdout, print_error
from rollbook.errors import Reason, RollbookError

FINE, SOME_FAILED, USAGE, INTERNAL, CTRL_C = 0, 1, 2, 7, 130

ARGUMENTS = "rollbook.arguments"
"""Where `click.Context.meta` keeps what was typed, for the command that resumes an import."""


def main() -> None:
    """The entry point: run the command that was typed, and leave with its code."""
    # Before gRPC is imported: its core would write "Got goaway" across the screen, and what it
    # thinks of a certificate; both are said in a line of ours.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run `rollbook ARGUMENTS` and answer its exit code; nothing is raised."""
    with PipeTolerantStdout.installed():
        try:
            return _run(arguments)
        except KeyboardInterrupt:
            print_error("rollbook: interrupted")
            return CTRL_C
        except BrokenPipeError:
            return FINE  # whoever read us has seen enough
        except OSError as wrong:  # such as a full disk under stdout
            print_error(f"rollbook: {wrong.strerror or wrong}")
            return INTERNAL
        except Exception as wrong:  # the last door: a person never sees a traceback unasked
            if os.environ.get("ROLLBOOK_DEBUG"):
                traceback.print_exc()
            print_error(
                f"rollbook: it broke, which is a bug ({type(wrong).__name__}: {wrong}); "
                "ROLLBOOK_DEBUG=1 shows where"
            )
            return INTERNAL


def _run(arguments: Sequence[str]) -> int:
    from rollbook.cli.main import rollbook

    try:
        with rollbook.make_context("rollbook", list(arguments)) as context:
            context.meta[ARGUMENTS] = list(arguments)
            return int(rollbook.invoke(context) or FINE)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.exceptions.NoArgsIsHelpError as asked:
        click.echo(asked.format_message(), err=True)
        return USAGE
    except click.UsageError as wrong:
        path = wrong.ctx.command_path if wrong.ctx else "rollbook"
        print_error(f"{path}: {_plain(wrong.format_message())} (see {path} --help)")
        return USAGE
    except click.Abort:
        return CTRL_C
    except RollbookError as refused:
        print_error(f"rollbook: {describe_error(refused)}")
        return refused.verdict.exit_code


def describe_error(refused: RollbookError) -> str:
    """What a refusal says to a person: its sentence, and what to do where only we know."""
    message = _plain(refused.message)
    if seconds := refused.facts.get("retry_after"):
        message += f"; try again in {seconds} s"
    if refused.reason in _ABOUT_THE_TOKEN:
        message += "; the token comes from --token-file or ROLLBOOK_TOKEN_FILE"
    return message


def _plain(message: str) -> str:
    return message.strip().rstrip(".")


_ABOUT_THE_TOKEN = frozenset({Reason.TOKEN_MISSING, Reason.TOKEN_INVALID, Reason.TOKEN_EXPIRED})
