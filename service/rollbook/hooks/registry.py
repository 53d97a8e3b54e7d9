"""The plugins of a server: loads, starts, describes and shuts them down."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import structlog

from rollbook.hooks import loader, validate_answer
from rollbook.hooks.decorators import declared_attributes, declared_fields
from rollbook.hooks.dispatch import Dispatcher, ReadDirectory, no_directory
from rollbook.hooks.dispatch_notices import Answered, NoticeAnswers, Opening, dispatch_notices
from rollbook.hooks.installed import (
    UnlistedPlugin,
    installed_versions,
    unlisted,
    unlisted_names,
)
from rollbook.hooks.invoke import CallFailure, HookCost, Invoker
from rollbook.hooks.secrets import settings_for_plugins
from rollbook.hooks.types import Credential, Notice
from rollbook.settings import Settings

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


class PluginState(StrEnum):
    """The state of a plugin.

    HANGING: a call that timed out still runs. UNLISTED and BROKEN plugins are installed and not on
    the operator's list, so they are never asked; a BROKEN one cannot be loaded.
    """

    LOADED = "loaded"
    RUNNING = "running"
    HANGING = "hanging"
    STOPPED = "stopped"
    UNLISTED = "unlisted"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginInfo:
    """One plugin as an operator sees it.

    `version` and `distribution` are '' for a plugin given as `module:object`. `order` counts from
    1; it is 0 if the plugin is not listed. `error` is its last failure, without the text of an
    exception, and '' once the plugin has answered again. `costs` has an entry for each hook.
    """

    name: str
    version: str
    distribution: str
    hooks: tuple[str, ...]
    order: int
    state: PluginState
    error: str
    costs: tuple[HookCost, ...] = ()


class Plugins:
    """The plugins that the operator listed, in that order. An empty list costs nothing."""

    def __init__(self, loaded: Sequence[loader.Plugin], settings: Settings):
        """Hold loaded plugins; `load` finds them by name."""
        self._invokers = [Invoker(plugin, settings.plugin_timeout) for plugin in loaded]
        self._states = {plugin.name: PluginState.LOADED for plugin in loaded}
        self._failures = settings.plugin_failures
        self._notify_timeout = settings.notify_timeout
        self._credential_sender = settings.credential_sender
        self._settings = settings_for_plugins(settings)
        self._unlisted: tuple[object, list[PluginInfo]] = (None, [])
        self._unlisted_lock = asyncio.Lock()
        self._hooks = {hook for plugin in loaded for hook in plugin.hooks}
        # The fields of users that any hook looks at; the others need not be read.
        self.looks_at = frozenset[str]().union(
            *(
                declared_fields(hook.function)
                for plugin in loaded
                for hook in plugin.hooks.values()
                if hook.takes("users")
            )
        )

        # The attributes that hooks name in `looks_at`, to warn of columns that an import ignores.
        self.attributes = frozenset[str]().union(
            *(declared_attributes(h.function) for plugin in loaded for h in plugin.hooks.values())
        )

    @classmethod
    def load(cls, names: Sequence[str], settings: Settings) -> "Plugins":
        """Find and check the plugins of those names: entry points, or `module:object`.

        Raises:
            Refusal: PLUGIN_UNAVAILABLE; names the plugin, its fault, and what to do.
        """
        loaded = loader.load(names)
        sender = settings.credential_sender
        if sender and not any(p.name == sender and "notify" in p.hooks for p in loaded):
            raise loader.plugin_unavailable(
                sender,
                f"ROLLBOOK_CREDENTIAL_SENDER is {sender}, which is no plugin in ROLLBOOK_PLUGINS"
                " with the hook notify.",
            )
        return cls(loaded, settings)

    async def startup(self) -> None:
        """Start the plugins in order; if one fails, stop those before it, in reverse.

        Raises:
            Refusal: PLUGIN_UNAVAILABLE, naming the plugin. The service must not start.
        """
        for invoker in self._invokers:
            failure = await self._call_once(invoker, "startup")
            if failure:
                await self.shutdown()
                raise loader.plugin_unavailable(
                    invoker.plugin.name,
                    f"The plugin {invoker.plugin.name} failed to start ({failure.code.value});"
                    " the log has the reason. Repair it, or remove it from the list of plugins.",
                )
            self._states[invoker.plugin.name] = PluginState.RUNNING
        if others := unlisted_names([invoker.plugin.name for invoker in self._invokers]):
            _log.debug("plugins installed and not listed", plugins=others)

    async def shutdown(self) -> None:
        """Stop the running plugins in reverse order. A failure is only logged."""
        for invoker in reversed(self._invokers):
            if self._states[invoker.plugin.name] is PluginState.RUNNING:
                await self._call_once(invoker, "shutdown")
                self._states[invoker.plugin.name] = PluginState.STOPPED

    def implement(self, hook: str) -> bool:
        """Whether any plugin has that hook; if none has, nothing need be read for it."""
        return hook in self._hooks

    def dispatcher(self, directory: ReadDirectory = no_directory) -> Dispatcher:
        """A new dispatcher, for one import into that `directory`.

        The directory is read when a hook first takes it, and never if none does.
        """
        return Dispatcher(self._invokers, self._failures, directory)

    async def notify(
        self,
        notices: Sequence[Notice],
        answered: Answered | None = None,
        credentials: Mapping[str, Credential] = MappingProxyType({}),
    ) -> NoticeAnswers:
        """Ask the plugins about those notices, in the operator's order; the first answer settles.

        Those that open an account are asked of the credential sender alone, which gets their
        `credentials` by the notices' ids. `answered` is called for each answer that a plugin
        reports before its call ends.

        Raises nothing: a plugin's failure is logged and is part of the result.
        """
        return await dispatch_notices(
            self._invokers,
            notices,
            self._notify_timeout,
            answered,
            Opening(self._credential_sender, credentials),
        )

    def describe(self) -> list[PluginInfo]:
        """The listed plugins, in order."""
        return [
            PluginInfo(
                name=invoker.plugin.name,
                version=invoker.plugin.version,
                distribution=invoker.plugin.distribution,
                hooks=tuple(invoker.plugin.hooks),
                order=order,
                state=PluginState.HANGING if invoker.hanging else self._states[invoker.plugin.name],
                error=invoker.last_failure,
                costs=tuple(invoker.costs.values()),
            )
            for order, invoker in enumerate(self._invokers, start=1)
        ]

    async def unlisted(self) -> list[PluginInfo]:
        """The plugins that are installed and not listed, each loaded once in its own process.

        Takes about as long as the slowest import of one; then the result is kept until what is
        installed changes.
        """
        async with self._unlisted_lock:
            there = await asyncio.to_thread(installed_versions)
            if self._unlisted[0] != there:
                listed = [invoker.plugin.name for invoker in self._invokers]
                found = await asyncio.to_thread(unlisted, listed)
                self._unlisted = there, [*map(_unlisted_info, found)]
            return self._unlisted[1]

    async def refuse_broken(self) -> None:
        """Try the plugins that are not listed, and refuse to go on if one is broken.

        Raises:
            Refusal: PLUGIN_UNAVAILABLE, naming the first.
        """
        for plugin in await self.unlisted():
            if plugin.state is PluginState.BROKEN:
                raise loader.plugin_unavailable(
                    plugin.name, f"{plugin.error} It is installed and not listed: uninstall it."
                )

    async def _call_once(self, invoker: Invoker, hook_name: str) -> CallFailure | None:
        """Call `startup` or `shutdown`, if the plugin has it."""
        hook = invoker.plugin.hooks.get(hook_name)
        if hook is None:
            return None
        outcome = await invoker.invoke(hook, {"settings": self._settings}, validate_answer.nothing)
        if not isinstance(outcome, CallFailure):
            return None
        _log.error(
            "plugin failed",
            plugin=invoker.plugin.name,
            hook=hook_name,
            code=outcome.code.value,
            **outcome.log_fields(),
        )
        return outcome


def _unlisted_info(plugin: UnlistedPlugin) -> PluginInfo:
    return PluginInfo(
        name=plugin.name,
        version=plugin.version,
        distribution=plugin.distribution,
        hooks=plugin.hooks,
        order=0,
        state=PluginState.BROKEN if plugin.error else PluginState.UNLISTED,
        error=plugin.error,
    )
