"""Nothing is stuck: queues that must be empty after some time."""

from stack import plan

from chaos.check.base import Databases
from chaos.check.events import Bus

QUERIES = {
    "events in the outbox": "SELECT count(*) FROM outbox WHERE published_at IS NULL",
    "jobs past their time": "SELECT count(*) FROM jobs WHERE done_at IS NULL AND at < now() - interval '1 second'",
    "dead letters": "SELECT count(*) FROM dead_letters WHERE replayed_at IS NULL",
}
SERVICE_QUERIES = {
    "publicity": {"events held back": "SELECT count(*) FROM held_events"},
    "archive": {
        "terms being sealed": "SELECT count(*) FROM term_states WHERE state = 'sealing'",
        "archives not ready": "SELECT count(*) FROM archives WHERE state <> 'ready'",
    },
    "importer": {
        "batches on their way": "SELECT count(*) FROM batches WHERE state IN ('checking', 'rechecking', 'committing')",
    },
}


async def stuck(databases: Databases, bus: Bus) -> dict[str, int]:
    """The counts of everything that is still pending, by name; empty if nothing is."""
    found = {f"messages {name}": count for name, count in bus.waiting.items() if count}
    for service in plan.NAMES:
        for what, sql in {**QUERIES, **SERVICE_QUERIES.get(service, {})}.items():
            count = await databases.value(service, sql)
            if count:
                found[f"{service}: {what}"] = int(count)
    return found


async def unanswered(databases: Databases) -> set[str]:
    """Idempotency keys of writes that took effect but whose response was not stored."""
    keys: set[str] = set()
    for service in plan.NAMES:
        keys |= {row["key"] for row in await databases.rows(service, "SELECT key FROM idempotency WHERE status IS NULL")}
    return keys
