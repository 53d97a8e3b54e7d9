"""What `grpc.health.v1` says of a server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


@asynccontextmanager
async def health_of(address: str) -> AsyncIterator[health_pb2_grpc.HealthStub]:
    """Whom to ask."""
    async with grpc.aio.insecure_channel(address) as channel:
        yield health_pb2_grpc.HealthStub(channel)


async def becomes(health: health_pb2_grpc.HealthStub, status: int, within: float) -> None:
    """Wait for that answer, so many seconds at most."""
    async with asyncio.timeout(within):
        while True:
            check = health.Check  # type: ignore[attr-defined]  # the stubs leave it out
            answer = await check(health_pb2.HealthCheckRequest())
            if answer.status == status:
                return
            await asyncio.sleep(0.05)
