"""ServerService: version, limits, profiles, plugins."""

from datetime import timedelta
from importlib.metadata import version

from rollbook.context import AppContext
from rollbook.credentials.sending import missing
from rollbook.hooks import HookCost, PluginInfo
from rollbook.model import Mail
from rollbook.profiles import Profile, Profiles
from rollbook.rpc.notices import MAILS
from rollbook.rpc.wire.status import Context
from rollbook.settings import Settings
from rollbook.v1 import server_pb2


class ServerService:
    """Facts about this server."""

    def __init__(self, app: AppContext, profiles: Profiles):
        self._plugins = app.plugins
        self._answer = server_pb2.GetServerInfoResponse(
            version=version("rollbook"),
            limits=_limits(app.settings),
            profiles=map(_profile, profiles),
            mails=[
                server_pb2.MailKind(mail=kind, missing=missing(app.settings, app.plugins, mail))
                for mail, kind in MAILS.items()
                if mail is not Mail.NONE
            ],
        )

    async def GetServerInfo(
        self, _request: server_pb2.GetServerInfoRequest, _context: Context
    ) -> server_pb2.GetServerInfoResponse:
        """See the contract."""
        return self._answer

    async def ListPlugins(
        self, _request: server_pb2.ListPluginsRequest, _context: Context
    ) -> server_pb2.ListPluginsResponse:
        """See the contract."""
        others = await self._plugins.unlisted()
        plugins = map(_plugin, [*self._plugins.describe(), *others])
        return server_pb2.ListPluginsResponse(plugins=plugins)


def _limits(settings: Settings) -> list[server_pb2.Limit]:
    """Every setting that is a number: each is a limit."""
    return [
        server_pb2.Limit(
            name=name, value=getattr(settings, name), description=field.description or ""
        )
        for name, field in type(settings).model_fields.items()
        if isinstance(getattr(settings, name), int | float)
        and not isinstance(getattr(settings, name), bool)
    ]


def _profile(profile: Profile) -> server_pb2.Profile:
    return server_pb2.Profile(
        name=profile.name,
        title=profile.title,
        description=profile.description,
        required_fields=[field.value for field in profile.required],
        options={name: str(value) for name, value in profile.stands_for().items()},
        columns=[
            server_pb2.ProfileColumn(field=field.value, aliases=aliases)
            for field, aliases in profile.aliases.items()
        ],
        username_from=profile.identity.username,
        without_fields=profile.without,
    )


def _plugin(plugin: PluginInfo) -> server_pb2.Plugin:
    return server_pb2.Plugin(
        name=plugin.name,
        version=plugin.version,
        distribution=plugin.distribution,
        hooks=plugin.hooks,
        order=plugin.order,
        state=f"PLUGIN_STATE_{plugin.state.name}",
        error=plugin.error,
        prices=map(_price, plugin.costs),
    )


def _price(cost: HookCost) -> server_pb2.PluginPrice:
    return server_pb2.PluginPrice(
        hook=cost.hook,
        calls=cost.calls,
        rows=cost.rows,
        duration=timedelta(seconds=cost.seconds),
        failures=cost.failures,
    )
