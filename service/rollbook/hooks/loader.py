"""Loads the plugins that the operator lists, and refuses unknown hooks by name."""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points

import pluggy
import structlog
from pluggy import HookImpl

from rollbook.errors import Reason, Refusal
from rollbook.hooks import specs

GROUP = "rollbook"
"""The entry-point group that plugins are found in."""

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """One hook of one plugin, and the arguments that it takes (`optional`: by keyword)."""

    name: str
    function: Callable[..., object]
    arguments: tuple[str, ...]
    optional: tuple[str, ...]
    is_async: bool

    def takes(self, argument: str) -> bool:
        """Whether the function takes that argument."""
        return argument in self.arguments or argument in self.optional

    def __call__(self, arguments: Mapping[str, object]) -> object:
        """Call the function with those of the arguments that it takes."""
        return self.function(
            *(arguments[name] for name in self.arguments),
            **{name: arguments[name] for name in self.optional},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """A plugin by its name in the operator's list.

    `version` and `distribution` are '' if it is not from an installed distribution.
    """

    name: str
    version: str
    distribution: str
    hooks: Mapping[str, Hook]


def load(names: Sequence[str]) -> list[Plugin]:
    """The plugins of those names, in that order. No other entry point is imported.

    A name is an entry point of the group `rollbook`, or `module:object`, for plugins in the
    making.

    Raises:
        Refusal: PLUGIN_UNAVAILABLE; names the plugin and what to do. The exception of its
            own code is in the log.
    """
    registry = _registry()
    plugins = [_plugin(registry, entry) for entry in _entries(names)]
    registry.check_pending()
    return plugins


def load_object(name: str, loaded: object) -> Plugin:
    """The plugin that an imported module, or an instance, is; raises as `load`."""
    return _registered(_registry(), EntryPoint(name, name, GROUP), loaded)


def load_entry(entry: EntryPoint) -> Plugin:
    """The plugin of an entry point, which need not be installed; raises as `load`."""
    return _plugin(_registry(), entry)


def plugin_unavailable(plugin: str, message: str, mistake: str = "") -> Refusal:
    """The refusal to go on with that plugin; `mistake` is the test kit's name for its fault."""
    facts = {"plugin": plugin} | ({"mistake": mistake} if mistake else {})
    return Refusal(Reason.PLUGIN_UNAVAILABLE, message, facts)


def _registry() -> pluggy.PluginManager:
    registry = pluggy.PluginManager(specs.PROJECT)
    registry.add_hookspecs(specs)
    return registry


def _entries(names: Sequence[str]) -> Iterator[EntryPoint]:
    installed = entry_points(group=GROUP) if any(":" not in name for name in names) else ()
    for position, name in enumerate(names):
        if name in names[:position]:
            raise plugin_unavailable(
                name, f"The plugin {name} is listed twice; list it once.", "conflict"
            )
        if ":" in name:
            yield EntryPoint(name, name, GROUP)
            continue
        found = [entry for entry in installed if entry.name == name]
        if len(found) > 1:
            owners = " and ".join(sorted(entry.dist.name for entry in found if entry.dist))
            raise plugin_unavailable(
                name, f"The plugin {name} is in {owners}; uninstall one of them.", "conflict"
            )
        if not found:
            known = sorted({entry.name for entry in installed})
            hint = _did_you_mean(name, known) or (
                f" Installed: {', '.join(known)}." if known else " No plugin is installed."
            )
            raise plugin_unavailable(name, f"There is no plugin {name}.{hint}", "not_found")
        yield found[0]


def _plugin(registry: pluggy.PluginManager, entry: EntryPoint) -> Plugin:
    name = entry.name
    try:
        loaded = entry.load()
    except BaseException as error:  # a plugin's import may call sys.exit
        _log.exception("plugin cannot be imported", plugin=name, value=entry.value)
        raise plugin_unavailable(
            name,
            f"The plugin {name} ({entry.value}) cannot be imported; see the log."
            " Repair it, or remove it from the list of plugins.",
            "not_importable",
        ) from error
    return _registered(registry, entry, loaded)


def _registered(registry: pluggy.PluginManager, entry: EntryPoint, loaded: object) -> Plugin:
    name = entry.name
    if loaded is None or inspect.isclass(loaded):
        kind = "None" if loaded is None else "a class"
        raise plugin_unavailable(
            name,
            f"The plugin {name} ({entry.value}) is {kind}; name a module or an instance.",
            "not_a_plugin",
        )
    try:
        registry.register(loaded, name)
    except pluggy.PluginValidationError as error:
        raise plugin_unavailable(
            name, _argument_mistake(name, str(error)), "wrong_arguments"
        ) from error
    except ValueError as error:
        raise plugin_unavailable(
            name,
            f"The plugin {name} is listed already, under another name; list it once.",
            "conflict",
        ) from error
    except BaseException as error:  # pluggy looks at every attribute, whatever it does
        _log.exception("plugin cannot be registered", plugin=name, value=entry.value)
        raise plugin_unavailable(
            name,
            f"The plugin {name} cannot be searched for hooks; see the log.",
            "not_a_plugin",
        ) from error
    return Plugin(
        name=name,
        version=entry.dist.version if entry.dist else "",
        distribution=entry.dist.name if entry.dist else "",
        hooks=_hooks(registry, name, loaded),
    )


def _hooks(registry: pluggy.PluginManager, name: str, loaded: object) -> dict[str, Hook]:
    hooks: dict[str, Hook] = {}
    for caller in registry.get_hookcallers(loaded) or ():
        implemented, *more = [impl for impl in caller.get_hookimpls() if impl.plugin is loaded]
        if caller.spec is None:
            if implemented.optionalhook:  # for a service newer than this one
                continue
            raise plugin_unavailable(
                name,
                f"The plugin {name} has a hook {caller.name}, which does not exist."
                f"{_did_you_mean(caller.name, specs.HOOKS)}",
                "unknown_hook",
            )
        if more:
            raise plugin_unavailable(
                name,
                f"The plugin {name} has the hook {caller.name} twice; keep one.",
                "hook_twice",
            )
        hooks[caller.name] = _hook(name, implemented, caller.name, caller.spec.argnames)
    if not hooks:
        raise plugin_unavailable(
            name,
            f"The plugin {name} has no hook; is @hookimpl missing?"
            f" Hooks are {', '.join(specs.HOOKS)}.",
            "not_a_plugin",
        )
    return {hook: hooks[hook] for hook in specs.HOOKS if hook in hooks}


def _hook(plugin: str, implemented: HookImpl, name: str, declared: Sequence[str]) -> Hook:
    if implemented.wrapper or implemented.hookwrapper:
        raise plugin_unavailable(
            plugin,
            f"The plugin {plugin} wraps {name}; a plugin cannot change the answers"
            " of others: remove wrapper=True.",
            "wrapper",
        )
    if implemented.tryfirst or implemented.trylast:
        raise plugin_unavailable(
            plugin,
            f"The plugin {plugin} wants {name} asked first or last; the operator's list"
            " decides the order: remove tryfirst and trylast.",
            "own_order",
        )
    hook = Hook(
        name=name,
        function=implemented.function,
        arguments=tuple(implemented.argnames),
        optional=tuple(each for each in implemented.kwargnames if each in declared),
        is_async=inspect.iscoroutinefunction(implemented.function),
    )
    try:
        inspect.signature(hook.function).bind(*hook.arguments, **dict.fromkeys(hook.optional))
    except TypeError as error:
        raise plugin_unavailable(
            plugin,
            f"The plugin {plugin} has a {name} that needs more than the hook gives;"
            f" it may take {', '.join(declared) or 'nothing'}.",
            "wrong_arguments",
        ) from error
    return hook


def _argument_mistake(plugin: str, why: str) -> str:
    """Why pluggy did not register a hook. It gives only a text, which is read here."""
    named = re.search(r"for hook '(\w+)'", why)
    if named is None:
        return f"The plugin {plugin} has a hook that cannot be used. {' '.join(why.split())}."
    hook = named[1]
    declared = list(inspect.signature(getattr(specs, hook)).parameters)
    may = f"The hook takes {', '.join(declared) or 'nothing'}."
    if (unknown := re.search(r"Argument\(s\) \{(.*?)\} are declared", why)) is None:
        return f"The plugin {plugin} has a {hook} that cannot be used. {' '.join(why.split())}."
    arguments = re.findall(r"'(\w+)'", unknown[1])
    hints = "".join(_did_you_mean(argument, declared) for argument in sorted(arguments))
    return (
        f"The plugin {plugin} has a {hook} that takes {', '.join(sorted(arguments))}, which the"
        f" hook does not give.{hints} {may}"
    )


def _did_you_mean(word: str, known: Sequence[str]) -> str:
    near = get_close_matches(word, known, n=1)
    return f" Did you mean {near[0]}?" if near else ""
