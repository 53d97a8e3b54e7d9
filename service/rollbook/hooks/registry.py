"""The plugins of a running service: loaded, started, asked, described, shut down."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import structlog

from rollbook.hooks import loader, validate_answer
from rollbook.hooks.call_cost import Price
from rollbook.hooks.dispatch import Dispatcher, ReadDirectory, nowhere
from rollbook.hooks.dispatch_notices import Notified, notified
from rollbook.hooks.installed import Unlisted, names, unlisted
from rollbook.hooks.invoke import Failed, Invoker
from rollbook.hooks.looks_at import looked_at
from rollbook.hooks.notice import Notice
from rollbook.settings import Settings

SECRET_SETTINGS = ("database_url", "token_files", "tls_key")
"""Settings that no plugin is shown: they are blank in what `startup` gets."""

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


class PluginState(StrEnum):
    """Where a plugin stands.

    HANGING: a call that was given up on still runs. UNLISTED and BROKEN are installed and not on
    the operator's list, so they are never asked; a BROKEN one could not be.
    """

    LOADED = "loaded"
    RUNNING = "running"
    HANGING = "hanging"
    STOPPED = "stopped"
    UNLISTED = "unlisted"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """One plugin as an operator sees it; `order` counts from 1, `error` is its last failure.

    `version` and `distribution` are '' for a plugin given as `module:object`. `error` is '' once
    the plugin has answered again, and never holds the text of an exception. `order` is 0 for one
    that is not listed. `prices` has a line for each hook.
    """

    name: str
    version: str
    distribution: str
    hooks: tuple[str, ...]
    order: int
    state: PluginState
    error: str
    prices: tuple[Price, ...] = ()


class Plugins:
    """The plugins that the operator listed, in that order. None at all is fine, and free."""

    def __init__(self, loaded: Sequence[loader.Plugin], settings: Settings):
        """Hold those plugins; `load` finds them by name."""
        self._callers = [Invoker(plugin, settings.plugin_timeout) for plugin in loaded]
        self._states = {plugin.name: PluginState.LOADED for plugin in loaded}
        self._failures = settings.plugin_failures
        self._notify_timeout = settings.notify_timeout
        self._shown = shown_settings(settings)
        self._unlisted: list[Described] | None = None
        self._looking = asyncio.Lock()
        self._hooks = {hook for plugin in loaded for hook in plugin.hooks}
        # The fields of users that any hook looks at: what none does need not be read.
        self.looks_at = frozenset[str]().union(
            *(
                looked_at(hook.function)
                for plugin in loaded
                for hook in plugin.hooks.values()
                if hook.takes("users")
            )
        )

    @classmethod
    def load(cls, names: Sequence[str], settings: Settings) -> "Plugins":
        """Find and check the plugins of those names: entry points, or `module:object`.

        Raises:
            Refusal: PLUGIN_UNAVAILABLE; says which plugin, what is wrong with it, what to do.
        """
        return cls(loader.load(names), settings)

    async def startup(self) -> None:
        """Start the plugins in order; if one fails, stop those before it, in reverse.

        Raises:
            Refusal: PLUGIN_UNAVAILABLE, naming the plugin. The service must not start.
        """
        for caller in self._callers:
            failed = await self._told(caller, "startup")
            if failed:
                await self.shutdown()
                raise loader.refused(
                    caller.plugin.name,
                    f"The plugin {caller.plugin.name} failed to start ({failed.code.value});"
                    " the log says why. Mend it, or take it off the list of plugins.",
                )
            self._states[caller.plugin.name] = PluginState.RUNNING
        if others := names([caller.plugin.name for caller in self._callers]):
            _log.debug("plugins installed and not listed", plugins=others)

    async def shutdown(self) -> None:
        """Stop the plugins that run, in reverse order. A failure is logged and stops nothing."""
        for caller in reversed(self._callers):
            if self._states[caller.plugin.name] is PluginState.RUNNING:
                await self._told(caller, "shutdown")
                self._states[caller.plugin.name] = PluginState.STOPPED

    def answers(self, hook: str) -> bool:
        """Whether any plugin has that hook: if none has, nothing need be read for it."""
        return hook in self._hooks

    def asking(self, directory: ReadDirectory = nowhere) -> Dispatcher:
        """A new count of failures, for one import into that `directory`.

        It is read when a hook first asks for it: not at all where none does.
        """
        return Dispatcher(self._callers, self._failures, directory)

    async def notify(self, notices: Sequence[Notice]) -> Notified:
        """Tell the plugins of those notices, in the operator's order; the first answer settles.

        A plugin's failure is named and logged, and stops nothing: who calls tries again.
        """
        return await notified(self._callers, notices, self._notify_timeout)

    def described(self) -> list[Described]:
        """The listed plugins as an operator sees them, in order."""
        return [
            Described(
                name=caller.plugin.name,
                version=caller.plugin.version,
                distribution=caller.plugin.distribution,
                hooks=tuple(caller.plugin.hooks),
                order=order,
                state=PluginState.HANGING if caller.hanging else self._states[caller.plugin.name],
                error=caller.last_failure,
                prices=tuple(caller.prices.values()),
            )
            for order, caller in enumerate(self._callers, start=1)
        ]

    async def unlisted(self) -> list[Described]:
        """The plugins that are installed and not listed, tried once, in processes apart.

        Takes about as long as an import of each; later answers are the first one's.
        """
        async with self._looking:
            if self._unlisted is None:
                listed = [caller.plugin.name for caller in self._callers]
                self._unlisted = [*map(_described, await asyncio.to_thread(unlisted, listed))]
            return self._unlisted

    async def refuse_broken(self) -> None:
        """Look at the plugins that nobody listed, and refuse to go on where one is broken.

        Raises:
            Refusal: PLUGIN_UNAVAILABLE, naming the first.
        """
        for plugin in await self.unlisted():
            if plugin.state is PluginState.BROKEN:
                raise loader.refused(
                    plugin.name, f"{plugin.error} It is installed, though not listed: uninstall it."
                )

    async def _told(self, caller: Invoker, hook_name: str) -> Failed | None:
        hook = caller.plugin.hooks.get(hook_name)
        if hook is None:
            return None
        said = await caller.call(hook, {"settings": self._shown}, validate_answer.nothing)
        if said is not None:
            _log.error(
                "plugin failed",
                plugin=caller.plugin.name,
                hook=hook_name,
                code=said.code.value,
                **said.logged(),
            )
        return said


def shown_settings(settings: Settings) -> Settings:
    """What a plugin is handed of the settings: not where the database is, nor any password."""
    blank = {name: Settings.model_fields[name].default for name in SECRET_SETTINGS}
    return settings.model_copy(update=blank)


def _described(plugin: Unlisted) -> Described:
    return Described(
        name=plugin.name,
        version=plugin.version,
        distribution=plugin.distribution,
        hooks=plugin.hooks,
        order=0,
        state=PluginState.BROKEN if plugin.error else PluginState.UNLISTED,
        error=plugin.error,
    )
