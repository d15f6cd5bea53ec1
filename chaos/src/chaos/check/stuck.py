"""Nothing is stuck: what must be empty, or done, once it is quiet."""

from stack import plan

from chaos.check.base import Books
from chaos.check.events import Bus

QUERIES = {
    "events in the outbox": "SELECT count(*) FROM outbox WHERE published_at IS NULL",
    "jobs past their time": "SELECT count(*) FROM jobs WHERE done_at IS NULL AND at < now() - interval '1 second'",
    "dead letters": "SELECT count(*) FROM dead_letters WHERE replayed_at IS NULL",
}
OWN = {
    "archive": {
        "terms being sealed": "SELECT count(*) FROM terms WHERE state = 'sealing'",
        "archives not ready": "SELECT count(*) FROM archives WHERE state <> 'ready'",
    },
    "importer": {"batches on their way": "SELECT count(*) FROM batches WHERE state IN ('checking', 'committing')"},
}


async def stuck(books: Books, bus: Bus) -> dict[str, int]:
    """What is not at rest, by name; empty when all is quiet."""
    found = {f"messages {name}": count for name, count in bus.waiting.items() if count}
    for service in plan.NAMES:
        for what, sql in {**QUERIES, **OWN.get(service, {})}.items():
            count = await books.value(service, sql)
            if count:
                found[f"{service}: {what}"] = int(count)
    return found


async def unanswered(books: Books) -> set[str]:
    """Keys of writes that took effect and whose answer nobody kept."""
    keys: set[str] = set()
    for service in plan.NAMES:
        keys |= {row["key"] for row in await books.rows(service, "SELECT key FROM idempotency WHERE status IS NULL")}
    return keys
