"""Makes the streams of the bus, as its admin. A production team runs it too: `python -m stack provision`."""

from dataclasses import dataclass

import nats
from nats.aio.client import Client
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from stack import plan

DAY = 24 * 3600.0


@dataclass(frozen=True)
class Provisioned:
    """Names of streams that were made, and of those that were there and now have today's settings."""

    made: tuple[str, ...]
    updated: tuple[str, ...]


def stream_config(stream: plan.Stream, replicas: int = 1) -> StreamConfig:
    """A full stream refuses new messages (the outbox keeps them) rather than losing unread old ones."""
    return StreamConfig(
        name=stream.name,
        subjects=[stream.subject],
        storage=StorageType.FILE,
        retention=RetentionPolicy.LIMITS,
        discard=DiscardPolicy.NEW,
        max_age=30 * DAY,
        duplicate_window=120,
        num_replicas=replicas,
    )


async def provision(url: str, replicas: int = 1) -> Provisioned:
    """Make or update all streams at the bus of `url` (the admin's). `replicas`: 3 in production."""
    client = await nats.connect(url, connect_timeout=10)
    try:
        return await _streams(client, replicas)
    finally:
        await client.close()


async def _streams(client: Client, replicas: int) -> Provisioned:
    manager = client.jetstream(timeout=20)
    made, updated = [], []
    for stream in plan.STREAMS:
        wanted = stream_config(stream, replicas)
        try:
            await manager.stream_info(stream.name)
        except NotFoundError:
            await manager.add_stream(wanted)
            made.append(stream.name)
        else:
            await manager.update_stream(wanted)
            updated.append(stream.name)
    return Provisioned(tuple(made), tuple(updated))
