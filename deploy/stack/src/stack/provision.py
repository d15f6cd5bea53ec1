"""Creates the JetStream streams, as the admin. Also the command `python -m stack provision`, for production."""

from dataclasses import dataclass

import nats
from nats.aio.client import Client
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from stack import plan

DAY = 24 * 3600.0


@dataclass(frozen=True)
class Provisioned:
    """Names of the streams that were created, and of those that were updated."""

    created: tuple[str, ...]
    updated: tuple[str, ...]


def stream_config(stream: plan.Stream, replicas: int = 1) -> StreamConfig:
    """A stream's configuration. A full stream refuses new messages (they stay in the outbox) and deletes no unread ones."""
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
    """Create or update all streams. `url` is the admin's. `replicas`: 3 in production."""
    client = await nats.connect(url, connect_timeout=10)
    try:
        return await _streams(client, replicas)
    finally:
        await client.close()


async def _streams(client: Client, replicas: int) -> Provisioned:
    manager = client.jetstream(timeout=20)
    created, updated = [], []
    for stream in plan.STREAMS:
        config = stream_config(stream, replicas)
        try:
            await manager.stream_info(stream.name)
        except NotFoundError:
            await manager.add_stream(config)
            created.append(stream.name)
        else:
            await manager.update_stream(config)
            updated.append(stream.name)
    return Provisioned(tuple(created), tuple(updated))
