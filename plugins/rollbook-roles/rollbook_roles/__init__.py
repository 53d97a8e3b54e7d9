"""A Rollbook plugin that chooses roles by a file of rules. See README.md beside this package.

`roles` is the plugin; the entry point `rollbook-roles` names it.
"""

from rollbook_roles.plugin import Roles

roles = Roles()

__all__ = ["Roles", "roles"]
