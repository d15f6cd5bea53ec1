"""Creates the JetStream streams, as the admin. Also the command `python -m stack provision`, for production."""

import nats
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from stack import plan

DAY = 24 * 3600.0


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


async def provision(url: str, replicas: int = 1) -> tuple[list[str], list[str]]:
    """Create or update all streams; returns the names of the created and of the updated ones.

    `url` is the admin's. `replicas`: 3 in production.
    """
    created, updated = [], []
    client = await nats.connect(url, connect_timeout=10)
    try:
        manager = client.jetstream(timeout=20)
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
    finally:
        await client.close()
    return created, updated
