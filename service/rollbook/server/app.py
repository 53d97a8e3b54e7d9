"""Builds everything a server needs from its settings, and takes it down in reverse."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import grpc
import structlog
from google.protobuf.descriptor import ServiceDescriptor
from grpc_health.v1 import health, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from rollbook.access.authentication import Authenticator
from rollbook.background import Background, beside
from rollbook.context import AppContext
from rollbook.credentials.means import Means, open_means
from rollbook.hooks import Plugins
from rollbook.imports.finish_left_behind import keep_finishing
from rollbook.imports.job.slots import ImportSlots
from rollbook.model import Lane
from rollbook.notifications import Holds, NotificationWorker, Outage
from rollbook.retention import keep_sweeping
from rollbook.rpc.credentials import CredentialService
from rollbook.rpc.directories import DirectoryService
from rollbook.rpc.imports.servicer import ImportService
from rollbook.rpc.notifications import NotificationService
from rollbook.rpc.server_info import ServerService
from rollbook.rpc.sessions import SessionService
from rollbook.rpc.tokens import TokenService
from rollbook.rpc.users.servicer import UserService
from rollbook.rpc.wire.auth_interceptor import AuthInterceptor
from rollbook.rpc.wire.handlers import bind
from rollbook.server.listener import listen, new_socket
from rollbook.server.profiles import checked_profiles
from rollbook.server.readiness import Readiness
from rollbook.settings import Settings
from rollbook.store import Database, StoreError, leases, tokens
from rollbook.store.health import check_encoding
from rollbook.store.migrate import pending
from rollbook.v1 import (
    credentials_pb2,
    directories_pb2,
    imports_pb2,
    notifications_pb2,
    server_pb2,
    sessions_pb2,
    tokens_pb2,
    users_pb2,
)
from rollbook.worker_process import WorkerProcess

_log = structlog.get_logger()


@asynccontextmanager
async def open_app(
    settings: Settings,
    operators: Iterable[str] = (),
    worker_process: WorkerProcess | None = None,
) -> AsyncIterator[AppContext]:
    """Database and plugins, ready to work. `operators`: whose the operator's own tokens are.

    Raises:
        Unavailable: the database is away. StoreError: it is not of this version, or not in UTF-8.
        Refusal: a plugin did not start.
    """
    async with AsyncExitStack() as stack:
        database = await Database.open(settings)
        stack.push_async_callback(database.close)
        await check_encoding(database)
        if missing := await pending(database):
            raise StoreError(f"it lacks {', '.join(missing)}: run `rollbook migrate` first")
        if not database.fenced:
            _log.warning("served without the role rollbook_app: see `rollbook doctor`")
        plugins = Plugins.load(settings.plugin_names, settings)
        await plugins.startup()
        stack.push_async_callback(plugins.shutdown)
        if settings.strict_plugins:
            await plugins.refuse_broken()
        name = settings.server_name or secrets.token_hex(8)
        async with database.connection() as connection:
            await leases.reclaim(connection, name)
            page_key = await tokens.page_key(connection)
        app = AppContext(
            name=name,
            settings=settings,
            database=database,
            plugins=plugins,
            page_key=page_key,
            operators=frozenset(operators),
            worker_process=worker_process,
        )
        stack.callback(app.worker.close)
        if worker_process:
            await worker_process.connect()
            stack.callback(worker_process.disconnect)
        stack.push_async_callback(app.errands.close)
        yield app


class Running(NamedTuple):
    """A server that answers calls: its HOST:PORT, whether calls should come, and its queue.

    `inside` is the unix:PATH for this process alone, '' where none is wanted.
    """

    address: str
    readiness: Readiness
    slots: ImportSlots
    inside: str


@asynccontextmanager
async def open_server(app: AppContext, authenticator: Authenticator) -> AsyncIterator[Running]:
    """A listening server. It is drained before it stops.

    Raises:
        ValueError: a profile or a file of keys is wrong, or the address cannot be taken.
    """
    with open_means(app) as means, new_socket(app.settings) as inside:
        async with _serving(means, authenticator, inside) as running:
            yield running


@asynccontextmanager
async def _serving(
    means: Means, authenticator: Authenticator, inside: str
) -> AsyncIterator[Running]:
    app = replace(means.app, hash_in_bulk=means.hasher.hash_in_bulk)
    settings = app.settings
    profiles = checked_profiles(settings)
    slots = ImportSlots(settings)
    importing = ImportService(app, profiles, slots)
    users = UserService(app, profiles, slots)
    credentials = CredentialService(means)
    services: Mapping[ServiceDescriptor, object] = {
        imports_pb2.DESCRIPTOR.services_by_name["ImportService"]: importing,
        directories_pb2.DESCRIPTOR.services_by_name["DirectoryService"]: DirectoryService(app),
        users_pb2.DESCRIPTOR.services_by_name["UserService"]: users,
        notifications_pb2.DESCRIPTOR.services_by_name["NotificationService"]: NotificationService(
            app
        ),
        credentials_pb2.DESCRIPTOR.services_by_name["CredentialService"]: credentials,
        sessions_pb2.DESCRIPTOR.services_by_name["SessionService"]: SessionService(means),
        tokens_pb2.DESCRIPTOR.services_by_name["TokenService"]: TokenService(app),
        server_pb2.DESCRIPTOR.services_by_name["ServerService"]: ServerService(app, profiles),
    }
    server, healthy = _server(app, authenticator, services)
    readiness = Readiness(app.database, healthy)
    address = listen(server, settings, inside)
    holds, outage = Holds(app), Outage()
    bulk = [lane for lane in Lane if lane is not Lane.URGENT]
    urgent = NotificationWorker(means, [Lane.URGENT], holds, outage)
    others = NotificationWorker(means, bulk, holds, outage)
    grace = settings.shutdown_grace
    async with (
        beside(Background.URGENT, urgent.run, ending=urgent.stop, grace=grace),
        beside(Background.NOTIFICATIONS, others.run, ending=others.stop, grace=grace),
    ):
        await server.start()
        try:
            async with (
                beside(Background.READINESS, readiness.watch),
                beside(Background.LEFT_BEHIND, partial(keep_finishing, app, profiles)),
                beside(Background.RETENTION, partial(keep_sweeping, app)),
            ):
                yield Running(address, readiness, slots, inside)
        finally:
            await readiness.drain(0)
            await asyncio.gather(importing.drain(), users.drain(), credentials.drain())
            await server.stop(grace=1)


def _server(
    app: AppContext, authenticator: Authenticator, services: Mapping[ServiceDescriptor, object]
) -> tuple[grpc.aio.Server, health.aio.HealthServicer]:
    """A server of these services behind the auth interceptor, and its health servicer."""
    settings = app.settings
    server = grpc.aio.server(
        interceptors=(AuthInterceptor(authenticator, app.meter),),
        options=_channel_options(settings),
    )
    server.add_generic_rpc_handlers(
        tuple(
            bind(service, servicer, settings.max_message_bytes, app.meter)
            for service, servicer in services.items()
        )
    )
    healthy = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(healthy, server)
    if settings.reflection:
        names = [service.full_name for service in services]
        reflection.enable_server_reflection([*names, reflection.SERVICE_NAME], server)
    return server, healthy


def _channel_options(settings: Settings) -> list[tuple[str, int]]:
    """Limits of the gRPC core. Between soft and hard metadata limits refusals would be random."""
    return [
        ("grpc.max_receive_message_length", settings.max_message_bytes_hard),
        ("grpc.max_metadata_size", settings.max_metadata_bytes),
        ("grpc.absolute_max_metadata_size", settings.max_metadata_bytes),
        ("grpc.so_reuseport", 0),
    ]
