"""Settings → everything a server needs, built in order and taken down in reverse."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import grpc
import structlog
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from rollbook.courier import Courier
from rollbook.errors import Reason, Refusal
from rollbook.hooks import Plugins
from rollbook.importing.finishing import keep_finishing
from rollbook.importing.job import House
from rollbook.profiles import Profiles
from rollbook.rpc.access import TokenService
from rollbook.rpc.binding import bind
from rollbook.rpc.directories import DirectoryService
from rollbook.rpc.door import Door
from rollbook.rpc.imports import ImportService
from rollbook.rpc.info import ServerService
from rollbook.rpc.tokens import Tokens
from rollbook.rpc.users import UserService
from rollbook.settings import Settings
from rollbook.store import Database, leases
from rollbook.store.migrating import pending
from rollbook.v1 import directories_pb2, imports_pb2, server_pb2, tokens_pb2, users_pb2

_LAST_PORT = 65_535
_log = structlog.get_logger()


@asynccontextmanager
async def open_house(settings: Settings) -> AsyncIterator[House]:
    """Database and plugins, ready to work.

    Raises:
        Unavailable: the database is away. Refusal: a plugin did not start, or the database is
            not of this version.
    """
    async with AsyncExitStack() as stack:
        database = await Database.open(settings)
        stack.push_async_callback(database.close)
        if missing := await pending(database):
            raise Refusal(
                Reason.INTERNAL_ERROR,
                f"The database lacks {', '.join(missing)}: run `rollbook migrate` first.",
            )
        if not database.fenced:
            _log.warning("served without the role rollbook_app: see `rollbook doctor`")
        plugins = Plugins.load(settings.plugin_names, settings)
        await plugins.startup()
        stack.push_async_callback(plugins.shutdown)
        name = settings.server_name or secrets.token_hex(8)
        async with database.connection() as connection:
            await leases.reclaim(connection, name)
        yield House(name=name, settings=settings, database=database, plugins=plugins)


@asynccontextmanager
async def open_server(house: House, tokens: Tokens) -> AsyncIterator[tuple[str, ImportService]]:
    """A listening server: its address, and the service that must be drained before it stops."""
    settings = house.settings
    profiles = Profiles(settings.profiles)
    importing = ImportService(house, profiles)
    services: Mapping[object, object] = {
        imports_pb2.DESCRIPTOR.services_by_name["ImportService"]: importing,
        directories_pb2.DESCRIPTOR.services_by_name["DirectoryService"]: DirectoryService(house),
        users_pb2.DESCRIPTOR.services_by_name["UserService"]: UserService(house, profiles),
        tokens_pb2.DESCRIPTOR.services_by_name["TokenService"]: TokenService(house),
        server_pb2.DESCRIPTOR.services_by_name["ServerService"]: ServerService(house, profiles),
    }
    server = grpc.aio.server(interceptors=(Door(tokens),), options=_channel_options(settings))
    server.add_generic_rpc_handlers(
        tuple(
            bind(service, servicer, settings.max_message_bytes)  # type: ignore[arg-type]
            for service, servicer in services.items()
        )
    )
    healthy = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(healthy, server)
    if settings.reflection:
        names = [service.full_name for service in services]  # type: ignore[attr-defined]
        reflection.enable_server_reflection([*names, reflection.SERVICE_NAME], server)
    address = _listen(server, settings.listen)
    finishing = asyncio.create_task(keep_finishing(house, profiles))
    courier = Courier(house.database, house.plugins, settings, house.noticed)
    telling = asyncio.create_task(courier.run())
    await server.start()
    await healthy.set("", health_pb2.HealthCheckResponse.SERVING)
    try:
        yield address, importing
    finally:
        finishing.cancel()
        with suppress(asyncio.CancelledError):
            await finishing  # it may be holding a connection, which the pool would wait for
        await healthy.enter_graceful_shutdown()
        await importing.drain()
        await server.stop(grace=1)
        await courier.stop(telling, settings.shutdown_grace)


def _listen(server: grpc.aio.Server, wanted: str) -> str:
    """Take the address, in clear text; answers it with the port that was taken.

    Raises:
        ValueError: it cannot be taken.
    """
    host, _, port = wanted.rpartition(":")
    if int(port) > _LAST_PORT:
        raise ValueError(f"ROLLBOOK_LISTEN: {wanted}: a port is at most {_LAST_PORT}")
    try:
        return f"{host}:{server.add_insecure_port(wanted)}"
    except RuntimeError:
        raise ValueError(
            f"ROLLBOOK_LISTEN: {wanted} cannot be listened on: is the port taken, the host ours?"
        ) from None


def _channel_options(settings: Settings) -> list[tuple[str, int]]:
    """Limits of the gRPC core. Soft and hard metadata limits alike, or refusals are by chance."""
    return [
        ("grpc.max_receive_message_length", settings.max_message_bytes_hard),
        ("grpc.max_metadata_size", settings.max_metadata_bytes),
        ("grpc.absolute_max_metadata_size", settings.max_metadata_bytes),
        ("grpc.so_reuseport", 0),
    ]
