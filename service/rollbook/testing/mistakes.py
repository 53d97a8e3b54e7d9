"""What may be wrong with a plugin → a name that stays, and what to do about it."""

from collections.abc import Mapping
from enum import StrEnum


class Mistake(StrEnum):
    """The name of a mistake. Names stay from version to version."""

    # as it is loaded: the service would not start
    NOT_FOUND = "not_found"
    NOT_IMPORTABLE = "not_importable"
    CONFLICT = "conflict"
    NOT_A_PLUGIN = "not_a_plugin"
    UNKNOWN_HOOK = "unknown_hook"
    WRONG_ARGUMENTS = "wrong_arguments"
    HOOK_TWICE = "hook_twice"
    WRAPPER = "wrapper"
    OWN_ORDER = "own_order"
    # as it is asked: its lines would be refused, or the service held up
    RAISES = "raises"
    HANGS = "hangs"
    BLOCKS_THE_LOOP = "blocks_the_loop"
    NONSENSE = "nonsense"
    CHANGES_INPUT = "changes_input"
    ASKS_FOR_SECRETS = "asks_for_secrets"
    LEFT_RUNNING = "left_running"
    LOOKS_ELSEWHERE = "looks_elsewhere"
    # what surprises whoever imports: warnings
    KEEPS_USERS = "keeps_users"
    CHANGES_ITS_MIND = "changes_its_mind"
    DEPENDS_ON_BATCH = "depends_on_batch"


WARNINGS = frozenset({Mistake.KEEPS_USERS, Mistake.CHANGES_ITS_MIND, Mistake.DEPENDS_ON_BATCH})
"""Mistakes that a service lives with."""

REMEDIES: Mapping[Mistake, str] = {
    Mistake.NOT_FOUND: "Install it, or give module:object.",
    Mistake.NOT_IMPORTABLE: "Import it in a Python of your own, and see.",
    Mistake.CONFLICT: "Leave one of the two.",
    Mistake.NOT_A_PLUGIN: "Name a module or an instance whose hooks are under @hookimpl.",
    Mistake.UNKNOWN_HOOK: "Spell the hook as the list of hooks does.",
    Mistake.WRONG_ARGUMENTS: "Take the hook's arguments, or fewer of them.",
    Mistake.HOOK_TWICE: "Keep one function for the hook.",
    Mistake.WRAPPER: "Answer for yourself alone, without wrapper=True.",
    Mistake.OWN_ORDER: "Leave the order to the operator, without tryfirst and trylast.",
    Mistake.RAISES: "Answer for such a user too: with an Issue, or by leaving the line out.",
    Mistake.HANGS: "Put a timeout of your own on what you wait for.",
    Mistake.BLOCKS_THE_LOOP: "Await what takes time, or write a plain hook, which has a thread.",
    Mistake.NONSENSE: "Answer what the hook's contract allows, keyed by the user's line.",
    Mistake.CHANGES_INPUT: "Leave what you are shown as it is, and answer instead.",
    Mistake.ASKS_FOR_SECRETS: "Have a setting of your own for what the plugin needs.",
    Mistake.LOOKS_ELSEWHERE: "Name in @looks_at all that the answers depend on, or take it off.",
    Mistake.LEFT_RUNNING: "End in shutdown what startup and the hooks have begun.",
    Mistake.KEEPS_USERS: "Keep what you need of a user, not the user: imports have millions.",
    Mistake.CHANGES_ITS_MIND: "Decide by the user alone, or a preview is not the real run.",
    Mistake.DEPENDS_ON_BATCH: "Look at each user alone: nobody can say where batches are cut.",
}
"""What to do about each."""
