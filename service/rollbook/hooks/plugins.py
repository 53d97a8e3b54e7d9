"""The plugins of a running service: loaded, started, asked, described, shut down."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import structlog

from rollbook.hooks import judging, loading
from rollbook.hooks.asking import Asking, ReadDirectory, nowhere
from rollbook.hooks.calling import Caller, Failed
from rollbook.hooks.seeing import looked_at
from rollbook.settings import Settings

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


class PluginState(StrEnum):
    """Where a plugin stands. HANGING: a call that was given up on still runs."""

    LOADED = "loaded"
    RUNNING = "running"
    HANGING = "hanging"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """One plugin as an operator sees it; `order` counts from 1, `error` is its last failure.

    `version` and `distribution` are '' for a plugin given as `module:object`. `error` is '' once
    the plugin has answered again, and never holds the text of an exception.
    """

    name: str
    version: str
    distribution: str
    hooks: tuple[str, ...]
    order: int
    state: PluginState
    error: str


class Plugins:
    """The plugins that the operator listed, in that order. None at all is fine, and free."""

    def __init__(self, loaded: Sequence[loading.Plugin], settings: Settings):
        """Hold those plugins; `load` finds them by name."""
        self._callers = [Caller(plugin, settings.plugin_timeout) for plugin in loaded]
        self._states = {plugin.name: PluginState.LOADED for plugin in loaded}
        self._failures = settings.plugin_failures
        # A plugin is handed what it may know: not where the database is, nor its password.
        self._shown = settings.model_copy(update={"database_url": "", "token_files": ""})
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
        return cls(loading.load(names), settings)

    async def startup(self) -> None:
        """Start the plugins in order; if one fails, stop those before it, in reverse.

        Raises:
            Refusal: PLUGIN_UNAVAILABLE, naming the plugin. The service must not start.
        """
        for caller in self._callers:
            failed = await self._told(caller, "startup")
            if failed:
                await self.shutdown()
                raise loading.refused(
                    caller.plugin.name,
                    f"The plugin {caller.plugin.name} failed to start ({failed.code.value});"
                    " the log says why. Mend it, or take it off the list of plugins.",
                )
            self._states[caller.plugin.name] = PluginState.RUNNING

    async def shutdown(self) -> None:
        """Stop the plugins that run, in reverse order. A failure is logged and stops nothing."""
        for caller in reversed(self._callers):
            if self._states[caller.plugin.name] is PluginState.RUNNING:
                await self._told(caller, "shutdown")
                self._states[caller.plugin.name] = PluginState.STOPPED

    def answers(self, hook: str) -> bool:
        """Whether any plugin has that hook: if none has, nothing need be read for it."""
        return hook in self._hooks

    def asking(self, directory: ReadDirectory = nowhere) -> Asking:
        """A new count of failures, for one import into that `directory`.

        It is read when a hook first asks for it: not at all where none does.
        """
        return Asking(self._callers, self._failures, directory)

    def described(self) -> list[Described]:
        """The plugins as an operator sees them, in order."""
        return [
            Described(
                name=caller.plugin.name,
                version=caller.plugin.version,
                distribution=caller.plugin.distribution,
                hooks=tuple(caller.plugin.hooks),
                order=order,
                state=PluginState.HANGING if caller.hanging else self._states[caller.plugin.name],
                error=caller.last_failure,
            )
            for order, caller in enumerate(self._callers, start=1)
        ]

    async def _told(self, caller: Caller, hook_name: str) -> Failed | None:
        hook = caller.plugin.hooks.get(hook_name)
        if hook is None:
            return None
        said = await caller.call(hook, {"settings": self._shown}, judging.nothing)
        if said is not None:
            _log.error(
                "plugin failed",
                plugin=caller.plugin.name,
                hook=hook_name,
                code=said.code.value,
                why=said.why,
            )
        return said
