"""Which plugins are loaded, and the messages about those that are not."""

import os
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from structlog.testing import capture_logs

from rollbook.errors import Reason, Refusal
from rollbook.hooks import Plugins, PluginState, Role, User, hookimpl, per_row
from rollbook.hooks.secrets import settings_for_plugins, take_from_environment
from rollbook.settings import Settings
from tests.plugin import installed, on_demand
from tests.unit.hooks.conftest import Load


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path, to install plugins into."""
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


@pytest.fixture
def only_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same where nothing else is installed, not even what is shipped."""
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    return tmp_path


def refusal(load: Any, *args: Any, **plugins: object) -> str:
    """The message that loading is refused with; it names the plugin in its facts, too."""
    with pytest.raises(Refusal) as refused:
        load(*args, **plugins)
    assert refused.value.reason is Reason.PLUGIN_UNAVAILABLE
    assert refused.value.facts["plugin"] in refused.value.message
    assert "\n" not in refused.value.message
    return refused.value.message


class Fine:
    """A plugin with one hook."""

    @hookimpl
    def map_roles(self, users: Sequence[User]) -> dict[int, Role]:
        return {user.line: Role("admin") for user in users}


def test_an_installed_plugin_is_found_by_its_entry_point(site: Path) -> None:
    """ListPlugins can show name, distribution, version, hooks, order and state."""
    installed(site, "demand", "tests.plugin:on_demand", version="4.5")
    [described] = Plugins.load(["demand"], Settings()).describe()
    assert described.name == "demand"
    assert (described.distribution, described.version) == ("rollbook-demand", "4.5")
    assert described.hooks == ("map_roles", "match_locations", "check_users")
    assert (described.order, described.state, described.error) == (1, PluginState.LOADED, "")


def test_a_module_is_a_plugin(site: Path) -> None:
    """An entry point may name a module, whose marked functions are its hooks."""
    site.joinpath("sales_roles.py").write_text(
        "from rollbook.hooks import Role, hookimpl, per_row\n"
        "@hookimpl\n@per_row\ndef map_roles(user):\n    return Role('seller')\n"
    )
    installed(site, "sales", "sales_roles")
    assert Plugins.load(["sales"], Settings()).implement("map_roles")
    sys.modules.pop("sales_roles")


def test_the_operators_order_is_the_order(site: Path) -> None:
    """Plugins stand in the order of the list, not of their names or installation."""
    installed(site, "alpha", "tests.plugin:on_demand")
    installed(site, "omega", "tests.plugin:on_demand_async")
    described = Plugins.load(["omega", "alpha"], Settings()).describe()
    assert [(plugin.order, plugin.name) for plugin in described] == [(1, "omega"), (2, "alpha")]


def test_an_unknown_plugin_is_named_with_the_nearest(only_site: Path) -> None:
    """The operator reads which name is unknown, and which was perhaps meant."""
    installed(only_site, "locations", "tests.plugin:on_demand")
    said = refusal(Plugins.load, ["locatoins"], Settings())
    assert said == "There is no plugin locatoins. Did you mean locations?"
    assert refusal(Plugins.load, ["x"], Settings()).endswith("Installed: locations.")


@pytest.mark.usefixtures("only_site")
def test_without_any_plugin_installed_that_is_said() -> None:
    """No list is offered where there is nothing to choose from."""
    assert refusal(Plugins.load, ["x"], Settings()).endswith("No plugin is installed.")


def test_two_distributions_with_one_name_are_refused(site: Path) -> None:
    """A name that two distributions bring is refused: both are named."""
    installed(site, "roles", "tests.plugin:on_demand", distribution="one-roles")
    installed(site, "roles", "tests.plugin:on_demand", distribution="two-roles")
    said = refusal(Plugins.load, ["roles"], Settings())
    assert said == "The plugin roles is in one-roles and two-roles; uninstall one of them."


def test_a_name_listed_twice_is_refused() -> None:
    """Also where it is the same plugin under two names."""
    twice = ["tests.plugin:on_demand"] * 2
    assert "listed twice" in refusal(Plugins.load, twice, Settings())
    other = ["tests.plugin:on_demand", "tests.plugin.on_demand_again:on_demand"]
    module = type(sys)("tests.plugin.on_demand_again")
    vars(module)["on_demand"] = on_demand
    sys.modules[module.__name__] = module
    assert "under another name" in refusal(Plugins.load, other, Settings())
    del sys.modules[module.__name__]


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import nothing_of_that_name", "ModuleNotFoundError"),
        ("raise SystemExit(3)", "SystemExit"),
        ("def", "SyntaxError"),
    ],
)
def test_a_broken_plugin_is_named_and_the_log_says_why(site: Path, source: str, why: str) -> None:
    """P40: an import that fails, or calls exit, ends in a refusal; the text goes to the log."""
    site.joinpath("broken_plugin.py").write_text(source + "\n")
    installed(site, "broken", "broken_plugin")
    with capture_logs() as logs:
        said = refusal(Plugins.load, ["broken"], Settings())
    assert said.startswith("The plugin broken (broken_plugin) cannot be imported")
    assert why not in said
    assert [(entry["plugin"], entry["exc_info"]) for entry in logs] == [("broken", True)]


@pytest.mark.parametrize("name", ["tests.plugin:nobody", "no_such_module:plugin", "tests:", ":"])
def test_a_name_that_leads_nowhere_is_refused(name: str) -> None:
    """A `module:object` that is not there is named."""
    assert "cannot be imported" in refusal(Plugins.load, [name], Settings())


def test_a_misspelt_hook_is_refused_with_the_one_that_was_meant(load: Load) -> None:
    """P40: a hook that does not exist would never be asked, so the service does not start."""

    class Misspelt:
        @hookimpl
        def map_role(self, users: Sequence[User]) -> None: ...

    said = refusal(load, misspelt=Misspelt())
    assert said == (
        "The plugin at_hand:misspelt has a hook map_role, which does not exist."
        " Did you mean map_roles?"
    )


def test_a_hook_for_a_newer_service_is_passed_over(load: Load) -> None:
    """An author may mark a hook that older services lack as optional."""

    class Newer(Fine):
        @hookimpl(optionalhook=True)
        def greet(self, users: Sequence[User]) -> None: ...

    assert load(newer=Newer()).describe()[0].hooks == ("map_roles",)


@pytest.mark.parametrize("options", [{"wrapper": True}, {"hookwrapper": True}])
def test_a_wrapper_is_refused(load: Load, options: Any) -> None:
    """P40: a wrapper would speak for other plugins, and one that raises would silence them."""

    class Wrapping:
        @hookimpl(**options)  # type: ignore[untyped-decorator]
        def map_roles(self, users: Sequence[User]) -> Any:
            return (yield)

    assert "wraps map_roles" in refusal(load, wrapping=Wrapping())


@pytest.mark.parametrize("options", [{"tryfirst": True}, {"trylast": True}])
def test_a_plugin_does_not_choose_its_place(load: Load, options: Any) -> None:
    """The operator's list is the order, so asking for another one is refused, not ignored."""

    class Pushing:
        @hookimpl(**options)  # type: ignore[untyped-decorator]
        def map_roles(self, users: Sequence[User]) -> None: ...

    assert "first or last" in refusal(load, pushing=Pushing())


def test_an_argument_that_the_hook_does_not_have_is_refused(load: Load) -> None:
    """P40: it would fail at every call, so it fails at the start."""

    class Singular:
        @hookimpl
        def map_roles(self, user: User) -> None: ...

    class Demanding:
        @hookimpl
        def map_roles(self, users: Sequence[User], *, table: object) -> None: ...

    class Confused:
        @hookimpl
        def startup(self, setings: object, directory: object) -> None: ...

    assert refusal(load, singular=Singular()) == (
        "The plugin at_hand:singular has a map_roles that takes user, which the hook does not give."
        " Did you mean users? The hook takes users, directory."
    )
    assert refusal(load, confused=Confused()) == (
        "The plugin at_hand:confused has a startup that takes directory, setings, which the hook"
        " does not give. Did you mean settings? The hook takes settings."
    )
    assert "needs more than the hook gives; it may take users" in refusal(load, x=Demanding())


def test_a_wrapper_that_is_none_is_told_in_pluggys_words(load: Load) -> None:
    """An error without a message of ours is still reported, in one line."""

    class Wrapping:
        @hookimpl(wrapper=True)
        def map_roles(self, users: Sequence[User]) -> None: ...

    assert "is not a generator function" in refusal(load, wrapping=Wrapping())


async def test_an_argument_with_a_default_is_given_too(load: Load) -> None:
    """`users=()` is given the users, and an unknown one with a default keeps its default."""

    class Defaulting:
        @hookimpl
        async def map_roles(self, users: Sequence[User] = (), table: str = "mine") -> object:
            return {user.line: Role(table) for user in users}

    replies = await load(defaulting=Defaulting()).dispatcher().map_roles([User(line=2)])
    assert replies.answers == {2: Role("mine")}


def test_one_hook_twice_is_refused(load: Load) -> None:
    """A second function for the same hook would be dropped in silence."""

    class Twice(Fine):
        @hookimpl(specname="map_roles")
        def more_roles(self, users: Sequence[User]) -> None: ...

    assert "the hook map_roles twice" in refusal(load, twice=Twice())


def test_a_plugin_without_a_hook_is_refused(load: Load) -> None:
    """The mark is easily forgotten; then nothing would ever be asked."""

    class Unmarked:
        def map_roles(self, users: Sequence[User]) -> None: ...

    assert "is @hookimpl missing?" in refusal(load, unmarked=Unmarked())


@pytest.mark.parametrize("what", [Fine, None], ids=["class", "none"])
def test_a_plugin_is_a_module_or_an_instance(load: Load, what: object) -> None:
    """A class has no instance to call its hooks on."""
    assert "name a module or an instance" in refusal(load, what=what)


class Living:
    """Writes down its life; may fail to start."""

    def __init__(self, name: str, life: list[str], *, fails: bool = False):
        self.name, self.life, self.fails = name, life, fails
        self.settings: Settings | None = None

    @hookimpl
    async def startup(self, settings: Settings) -> None:
        self.settings = settings
        if self.fails:
            raise OSError("the-text-for-the-log")
        self.life.append(f"{self.name} up")

    @hookimpl
    def shutdown(self) -> None:
        self.life.append(f"{self.name} down")


async def test_plugins_are_started_in_order_and_stopped_in_reverse(load: Load) -> None:
    """Each is asked once to start and once to stop; shutting down twice does nothing more."""
    life: list[str] = []
    plugins = load(a=Living("a", life), b=Living("b", life), c=Fine())
    await plugins.startup()
    assert {plugin.state for plugin in plugins.describe()} == {PluginState.RUNNING}
    await plugins.shutdown()
    await plugins.shutdown()
    assert life == ["a up", "b up", "b down", "a down"]
    assert {plugin.state for plugin in plugins.describe()} == {PluginState.STOPPED}


async def test_a_plugin_that_cannot_start_stops_the_service_from_starting(load: Load) -> None:
    """P40: the refusal names the plugin; those that had started are stopped."""
    life: list[str] = []
    plugins = load(a=Living("a", life), b=Living("b", life, fails=True), c=Living("c", life))
    with capture_logs() as logs, pytest.raises(Refusal) as refused:
        await plugins.startup()
    assert refused.value.facts == {"plugin": "at_hand:b"}
    assert "the-text-for-the-log" not in refused.value.message
    assert any("the-text-for-the-log" in entry.get("why", "") for entry in logs)
    assert life == ["a up", "a down"]


async def test_a_plugin_that_hangs_at_start_is_given_up_on(load: Load) -> None:
    """P41: startup is under the same timeout."""

    class Hanging:
        @hookimpl
        def startup(self) -> None:
            time.sleep(3)

    with pytest.raises(Refusal, match="at_hand:hanging failed to start"):
        await load(0.1, hanging=Hanging()).startup()


async def test_a_failing_shutdown_stops_nobody(load: Load) -> None:
    """P40: the others are still shut down."""
    life: list[str] = []

    class Clinging:
        @hookimpl
        def shutdown(self) -> None:
            raise SystemExit

    plugins = load(a=Living("a", life), b=Clinging())
    await plugins.startup()
    await plugins.shutdown()
    assert life == ["a up", "a down"]


async def test_settings_are_shown_without_secrets(load: Load) -> None:
    """P43: what a plugin is handed at start has no address of the database, nor its password."""
    living = Living("a", [])
    await load(a=living).startup()
    assert living.settings is not None
    assert living.settings.database_url == ""
    assert "secret" not in repr([*living.settings.model_dump().values()])


def test_every_setting_that_may_be_a_secret_is_blanked() -> None:
    """P43: a new one whose name sounds like one has to be thought about."""
    sounding = {
        name
        for name in Settings.model_fields
        if re.search(r"url|secret|password|token_file|key|credential", name)
    }
    # The issuer's keys are public, and so are addresses of pages and the sender's name; the others
    # are limits and costs.
    public = {"jwt_keys", "public_url", "oidc_redirect_url", "credential_sender"} | {
        name for name in sounding if name.startswith(("password_", "max_"))
    }
    assert sounding - public == {*Settings.secret_fields()}


@pytest.mark.parametrize("field", Settings.secret_fields())
def test_a_secret_is_in_no_setting_and_no_variable_of_a_plugin(
    field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P43: each setting that is marked as a secret; all others are as they were read."""
    monkeypatch.setenv(f"ROLLBOOK_{field.upper()}", "/the-secret")
    read = Settings.read()
    assert str(getattr(read, field)) == "/the-secret"
    shown = settings_for_plugins(take_from_environment(read))
    assert "the-secret" not in f"{shown!r}{dict(os.environ)}"
    for other in set(Settings.model_fields) - {*Settings.secret_fields()}:
        assert getattr(shown, other) == getattr(read, other)


def test_what_libpq_reads_is_taken_along_in_the_url(monkeypatch: pytest.MonkeyPatch) -> None:
    """P43: PGPASSWORD and the paths of secrets leave the environment; connections still have them.

    The URL's own value comes last, where asyncpg lets it win, as it does over a variable.
    """
    for name in ("PGPASSWORD", "PGPASSFILE", "PGSSLKEY"):
        monkeypatch.setenv(name, f"the&secret of {name}")
    monkeypatch.setenv("PGHOST", "db.example.org")
    taken = take_from_environment(Settings(database_url="postgresql://u@/db?sslmode=require"))
    assert os.environ["PGHOST"] == "db.example.org"
    assert "the&secret" not in str(dict(os.environ))
    assert parse_qs(urlsplit(taken.database_url).query) == {
        "password": ["the&secret of PGPASSWORD"],
        "passfile": ["the&secret of PGPASSFILE"],
        "sslkey": ["the&secret of PGSSLKEY"],
        "sslmode": ["require"],
    }
    assert take_from_environment(taken) == taken


def test_per_row_lifts_one_user_to_a_batch() -> None:
    """`{line: answer}`, with None left out; name and docstring stay."""

    @per_row
    def map_roles(user: User) -> Role | None:
        """Admins only."""
        return Role("admin") if user.role == "x" else None

    assert map_roles([User(line=2, role="x"), User(line=3)]) == {2: Role("admin")}
    assert (map_roles.__name__, map_roles.__doc__) == ("map_roles", "Admins only.")


def test_per_row_refuses_what_it_cannot_lift() -> None:
    """An async function, or one of two arguments, is refused where it is written."""

    async def wait(user: User) -> None: ...

    def both(self: object, user: User) -> None: ...

    with pytest.raises(TypeError, match="wait is async"):
        per_row(wait)
    with pytest.raises(TypeError, match="both must take one user"):
        per_row(both)  # type: ignore[arg-type]
