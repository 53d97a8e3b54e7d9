"""Only the fields that hooks declare are read and shown."""

from collections.abc import Callable, Sequence

import pytest

from rollbook.hooks import Role, User, hookimpl, looks_at, per_row
from tests.unit.hooks.conftest import Load


class Looking:
    """Declares nothing about what it looks at."""

    @hookimpl
    def check_users(self, users: Sequence[User]) -> None:
        return None


class Marked:
    """A plain method."""

    @hookimpl
    @looks_at("role")
    def map_roles(self, users: Sequence[User]) -> dict[int, Role]:
        return {user.line: Role("admin") for user in users}


class MarkedAsync:
    """On the loop."""

    @hookimpl
    @looks_at("role")
    async def map_roles(self, users: Sequence[User]) -> dict[int, Role]:
        return {user.line: Role("admin") for user in users}


class MarkedAbovePerRow:
    """The lifted function is marked."""

    @hookimpl
    @staticmethod
    @looks_at("role")
    @per_row
    def map_roles(user: User) -> Role:
        return Role("admin")


class MarkedBelowPerRow:
    """The function of one user is."""

    @hookimpl
    @staticmethod
    @per_row
    @looks_at("role")
    def map_roles(user: User) -> Role:
        return Role("admin")


class MarkedAboveStatic:
    """The static method is."""

    @hookimpl
    @looks_at("role")
    @staticmethod
    @per_row
    def map_roles(user: User) -> Role:
        return Role("admin")


class Opening:
    """Has no hook that is asked about users."""

    @hookimpl
    def startup(self) -> None:
        return None


EVERY = (Marked, MarkedAsync, MarkedAbovePerRow, MarkedBelowPerRow, MarkedAboveStatic)


@pytest.mark.parametrize("marked", EVERY)
async def test_a_hook_can_say_what_it_looks_at(load: Load, marked: Callable[[], object]) -> None:
    """However the marks are stacked; it is asked and answers as before."""
    plugins = load(marked=marked(), opening=Opening())
    assert plugins.looks_at == {"role"}
    assert (await plugins.dispatcher().map_roles([User(2)])).answers == {2: Role("admin")}


def test_one_that_says_nothing_looks(load: Load) -> None:
    """At everything; one such hook is enough, whichever plugin has it."""
    assert load(looking=Looking()).looks_at == {*User._fields}
    assert load(marked=Marked(), looking=Looking()).looks_at == {*User._fields}


def test_a_plugin_of_two_hooks_marks_both(load: Load) -> None:
    class Half(Marked, Looking):
        pass

    assert load(half=Half()).looks_at == {*User._fields}


def test_what_several_look_at_is_shown_to_all(load: Load) -> None:
    class Others:
        @hookimpl
        @looks_at("email", "current")
        def check_users(self, users: Sequence[User]) -> None:
            return None

    assert load(marked=Marked(), others=Others()).looks_at == {"role", "email", "current"}


def test_a_field_that_users_do_not_have_is_named() -> None:
    """When the plugin is imported, and not when a file comes."""
    with pytest.raises(TypeError, match="looks_at: a user has no dept, password"):
        looks_at("role", "password", "dept")


def test_nobody_looks_where_nobody_is_asked(load: Load) -> None:
    assert load(opening=Opening()).looks_at == set()
    assert load().looks_at == set()


def test_the_shipped_plugins_do_not_look(load: Load) -> None:
    """At what is stored; so an import that has no others never asks for it."""
    import rollbook_locations
    import rollbook_roles

    plugins = load(roles=rollbook_roles.roles, locations=rollbook_locations.locations)
    assert plugins.looks_at == {"role", "department", "job_title", "location"}
