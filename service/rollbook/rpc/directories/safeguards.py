"""Safeguards of a directory: messages ↔ limits, unset for the default and `off` for none."""

from rollbook.errors import Refusal
from rollbook.rpc.wire.request_text import REQUEST
from rollbook.store.directories import Safeguards
from rollbook.v1 import directories_pb2 as v1

_DEFAULTS = Safeguards()
_MOST_USERS = 2**53


def limit(name: str, said: v1.SafeguardLimit) -> int | None:
    """The limit `name`; None: it is off.

    Raises:
        Refusal: INVALID_OPTIONS, it is below zero, or more than a percentage can be.
    """
    match said.WhichOneof("limit"):
        case "at_most":
            most = 100 if name.endswith("_percent") else _MOST_USERS
            if not 0 <= said.at_most <= most:
                raise _wrong(name, most)
            return said.at_most
        case "off" if said.off:
            return None
    default: int | None = getattr(_DEFAULTS, name)
    return default


def limits(said: v1.Safeguards) -> Safeguards:
    """All of them.

    Raises:
        Refusal: as `limit`.
    """
    return Safeguards(**{name: limit(name, getattr(said, name)) for name in Safeguards._fields})


def message(safeguards: Safeguards) -> v1.Safeguards:
    """Safeguards on the wire, each set."""
    return v1.Safeguards(
        **{
            name: v1.SafeguardLimit(off=True) if most is None else v1.SafeguardLimit(at_most=most)
            for name, most in safeguards._asdict().items()
        }
    )


def _wrong(name: str, most: int) -> Refusal:
    return REQUEST.wrong(f"safeguards.{name}", f"{name} must be from 0 to {most:,}, or off.")
