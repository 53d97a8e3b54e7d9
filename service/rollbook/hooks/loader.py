"""The operator's list of names → plugins whose every hook is one of ours, or a named refusal."""

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
        """Whether the function is given that argument."""
        return argument in self.arguments or argument in self.optional

    def __call__(self, given: Mapping[str, object]) -> object:
        """Call the function with those of the given arguments that it takes."""
        return self.function(
            *(given[name] for name in self.arguments),
            **{name: given[name] for name in self.optional},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """A plugin by the name that the operator gave it; '' where no distribution brought it."""

    name: str
    version: str
    distribution: str
    hooks: Mapping[str, Hook]


def load(names: Sequence[str]) -> list[Plugin]:
    """The plugins of those names, in that order; none of the other entry points is touched.

    A name is an entry point of the group `rollbook`, or `module:object` while one is written.

    Raises:
        Refusal: PLUGIN_UNAVAILABLE; names the plugin and says what to do. What its own code
            raised is in the log.
    """
    registry = _registry()
    plugins = [_plugin(registry, entry) for entry in _entries(names)]
    registry.check_pending()
    return plugins


def load_object(name: str, loaded: object) -> Plugin:
    """A plugin that is at hand already: a module, or an instance; raises as `load`."""
    return _registered(_registry(), EntryPoint(name, name, GROUP), loaded)


def load_entry(entry: EntryPoint) -> Plugin:
    """The plugin of an entry point, whether or not it is installed; raises as `load`."""
    return _plugin(_registry(), entry)


def refused(plugin: str, message: str, mistake: str = "") -> Refusal:
    """The refusal to go on with that plugin; `mistake` is the kit's name for what is wrong."""
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
            raise refused(name, f"The plugin {name} is listed twice; list it once.", "conflict")
        if ":" in name:
            yield EntryPoint(name, name, GROUP)
            continue
        found = [entry for entry in installed if entry.name == name]
        if len(found) > 1:
            owners = " and ".join(sorted(entry.dist.name for entry in found if entry.dist))
            raise refused(
                name, f"The plugin {name} is in {owners}; uninstall one of them.", "conflict"
            )
        if not found:
            known = sorted({entry.name for entry in installed})
            hint = _did_you_mean(name, known) or (
                f" Installed: {', '.join(known)}." if known else " No plugin is installed."
            )
            raise refused(name, f"There is no plugin {name}.{hint}", "not_found")
        yield found[0]


def _plugin(registry: pluggy.PluginManager, entry: EntryPoint) -> Plugin:
    name = entry.name
    try:
        loaded = entry.load()
    except BaseException as wrong:  # a plugin's import may call sys.exit
        _log.exception("plugin cannot be imported", plugin=name, value=entry.value)
        raise refused(
            name,
            f"The plugin {name} ({entry.value}) cannot be imported; the log says why."
            " Mend it, or take it off the list of plugins.",
            "not_importable",
        ) from wrong
    return _registered(registry, entry, loaded)


def _registered(registry: pluggy.PluginManager, entry: EntryPoint, loaded: object) -> Plugin:
    name = entry.name
    if loaded is None or inspect.isclass(loaded):
        kind = "None" if loaded is None else "a class"
        raise refused(
            name,
            f"The plugin {name} ({entry.value}) is {kind}; name a module or an instance.",
            "not_a_plugin",
        )
    try:
        registry.register(loaded, name)
    except pluggy.PluginValidationError as wrong:
        raise refused(name, _ill_fitting(name, str(wrong)), "wrong_arguments") from wrong
    except ValueError as wrong:
        raise refused(
            name,
            f"The plugin {name} is listed already, under another name; list it once.",
            "conflict",
        ) from wrong
    except BaseException as wrong:  # pluggy looks at every attribute, whatever it does
        _log.exception("plugin cannot be registered", plugin=name, value=entry.value)
        raise refused(
            name,
            f"The plugin {name} cannot be looked at for hooks; the log says why.",
            "not_a_plugin",
        ) from wrong
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
            raise refused(
                name,
                f"The plugin {name} has a hook {caller.name}, which does not exist."
                f"{_did_you_mean(caller.name, specs.HOOKS)}",
                "unknown_hook",
            )
        if more:
            raise refused(
                name,
                f"The plugin {name} has the hook {caller.name} twice; keep one.",
                "hook_twice",
            )
        hooks[caller.name] = _hook(name, implemented, caller.name, caller.spec.argnames)
    if not hooks:
        raise refused(
            name,
            f"The plugin {name} has no hook; is @hookimpl missing?"
            f" Hooks are {', '.join(specs.HOOKS)}.",
            "not_a_plugin",
        )
    return {hook: hooks[hook] for hook in specs.HOOKS if hook in hooks}


def _hook(plugin: str, implemented: HookImpl, name: str, declared: Sequence[str]) -> Hook:
    if implemented.wrapper or implemented.hookwrapper:
        raise refused(
            plugin,
            f"The plugin {plugin} wraps {name}; a plugin answers for itself alone:"
            " take wrapper=True away.",
            "wrapper",
        )
    if implemented.tryfirst or implemented.trylast:
        raise refused(
            plugin,
            f"The plugin {plugin} wants {name} asked first or last; the operator's list is the"
            " order: take tryfirst and trylast away.",
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
    except TypeError as wrong:
        raise refused(
            plugin,
            f"The plugin {plugin} has a {name} that needs more than the hook gives;"
            f" it may take {', '.join(declared) or 'nothing'}.",
            "wrong_arguments",
        ) from wrong
    return hook


def _ill_fitting(plugin: str, why: str) -> str:
    """What is wrong with a hook that pluggy would not register, of which it gives only a text."""
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
        f"The plugin {plugin} has a {hook} that takes {', '.join(sorted(arguments))}, which it"
        f" would not be given.{hints} {may}"
    )


def _did_you_mean(word: str, known: Sequence[str]) -> str:
    near = get_close_matches(word, known, n=1)
    return f" Did you mean {near[0]}?" if near else ""
