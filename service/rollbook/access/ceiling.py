"""How high an import may reach: what of its caller's rights is stored with it.

Checked where rows are written, so that neither a plugin's answer nor a resume nor a server that
finishes what another began can climb over whoever imported.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """`privileged`: may grant privileged roles and change who holds one. `passwords`: may set them.

    `users` are those whom the callers themselves are: nobody raises, lowers or suspends these.
    """

    privileged: bool
    passwords: bool
    users: frozenset[int]

    def lowered(self, other: "Ceiling") -> "Ceiling":
        """What both may: an import goes on no higher than it began, nor than who goes on."""
        return Ceiling(
            privileged=self.privileged and other.privileged,
            passwords=self.passwords and other.passwords,
            users=self.users | other.users,
        )
