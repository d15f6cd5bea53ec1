"""Every event takes effect exactly once: compares outboxes with inboxes, and looks for duplicate events."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import nats
from nats.js.api import AckPolicy, ConsumerConfig
from stack import plan

from chaos.check.base import Databases, Finding
from chaos.check.tables import NATURAL_KEYS

EXPECTED_SUBSCRIPTIONS = {
    "publicity": ("records.record.approved.v1", "records.term.scheduled.v1", "identity.students.enrolled.v1"),
    "archive": ("publicity.entries.cleared.v1", "records.term.scheduled.v1", "identity.students.enrolled.v1"),
    "notify": ("records.record.approved.v1", "publicity.term.opened.v1", "archive.term.sealed.v1"),
    "importer": ("records.batch.applied.v1", "records.term.scheduled.v1", "archive.term.sealed.v1"),
    "records": ("importer.records.committed.v1", "identity.students.enrolled.v1", "publicity.amendment.requested.v1"),
    "identity": ("importer.roster.committed.v1",),
}
"""Subjects that each service must at least subscribe to; the others are read from the bus."""


@dataclass
class Bus:
    """The state of the bus: subscriptions by service, pending messages by consumer, and the number of deliveries."""

    subscriptions: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    waiting: dict[str, int] = field(default_factory=dict)
    delivered: int = 0
    order: list[tuple[str, str]] = field(default_factory=list)
    """(aggregate, event id) of every message of all streams, in order."""


async def read_bus(url: str, *, messages: bool = False) -> Bus:
    """Read the state of the bus, as admin."""
    bus = Bus()
    client = await nats.connect(url, connect_timeout=5)
    try:
        manager = client.jetstream(timeout=10)
        for service in plan.NAMES:
            stream = service.upper()
            for info in await manager.consumers_info(stream):
                if info.name not in plan.NAMES:
                    continue
                subjects = info.config.filter_subjects or [info.config.filter_subject or ""]
                bus.subscriptions[info.name] |= set(subjects)
                bus.waiting[f"{stream} → {info.name}"] = (info.num_pending or 0) + (info.num_ack_pending or 0)
                bus.delivered += info.delivered.consumer_seq if info.delivered else 0
            if messages:
                await _read_messages(manager, stream, bus)
    finally:
        await client.close()
    return bus


async def _read_messages(manager: Any, stream: str, bus: Bus) -> None:
    left = (await manager.stream_info(stream)).state.messages
    if not left:
        return
    reader = await manager.pull_subscribe(
        "", stream=stream, config=ConsumerConfig(inactive_threshold=30, ack_policy=AckPolicy.NONE)
    )
    while left > 0:
        for message in await reader.fetch(min(left, 500), timeout=10):
            headers = message.headers or {}
            bus.order.append((f"{stream} {headers.get('Zp-Aggregate')}", headers.get("Nats-Msg-Id", "")))
            left -= 1
    await reader.unsubscribe()


async def check(databases: Databases, bus: Bus) -> list[Finding]:
    """All checks of this module."""
    found: list[Finding] = []
    published: dict[str, str] = {}
    order: dict[str, int] = {}
    for service in plan.NAMES:
        for row in await databases.rows(service, "SELECT event_id::text AS id, subject, seq FROM outbox"):
            published[row["id"]], order[row["id"]] = row["subject"], row["seq"]
    found += await _check_inboxes(databases, bus, published)
    found += await _check_duplicates(databases)
    found += _check_order(bus, order)
    return found


async def _check_inboxes(databases: Databases, bus: Bus, published: dict[str, str]) -> list[Finding]:
    """Each event is in the inbox of every subscriber, and no inbox has an event that nobody published."""
    found = []
    for service in plan.NAMES:
        missing_subscriptions = set(EXPECTED_SUBSCRIPTIONS.get(service, ())) - bus.subscriptions[service]
        if missing_subscriptions:
            found.append(Finding("events", service, "does not subscribe to", ", ".join(sorted(missing_subscriptions))))
        inbox = await databases.pairs(service, "SELECT event_id::text, subject FROM inbox")
        missing = [
            (event, subject)
            for event, subject in published.items()
            if subject in bus.subscriptions[service] and event not in inbox
        ]
        if missing:
            what = (
                f"{len(missing)} of {sum(s in bus.subscriptions[service] for s in published.values())}, such as {missing[:2]}"
            )
            found.append(Finding("events", service, "events took no effect", what))
        unknown = [(event, subject) for event, subject in inbox.items() if event not in published]
        if unknown:
            found.append(
                Finding("events", service, "consumed events that nobody published", f"{len(unknown)}, such as {unknown[:2]}")
            )
    return found


async def _check_duplicates(databases: Databases) -> list[Finding]:
    found = []
    keys = [(subject, fields) for stem, fields in NATURAL_KEYS.items() for subject in await databases.versions(stem)]
    for subject, fields in keys:
        service = subject.partition(".")[0]
        seen: dict[tuple[str, ...], int] = defaultdict(int)
        for row in await databases.rows(
            service, "SELECT convert_from(body, 'utf8') AS body FROM outbox WHERE subject = $1", subject
        ):
            body = json.loads(row["body"])
            seen[tuple(str(_field(body, name)) for name in fields)] += 1
        doubled = {key: count for key, count in seen.items() if count > 1}
        if doubled:
            found.append(Finding("events", service, f"published twice: {subject}", str(dict(list(doubled.items())[:2]))))
    return found


def _field(body: dict[str, Any], name: str) -> Any:
    value: Any = body
    for part in name.split("."):
        value = value[part]
    return value


def _check_order(bus: Bus, order: dict[str, int]) -> list[Finding]:
    """On the bus, the events of an aggregate appear in the order in which they were written."""
    last: dict[str, tuple[int, str]] = {}
    seen: set[str] = set()
    found = []
    for aggregate, event in bus.order:
        if event in seen or event not in order:
            continue
        seen.add(event)
        if order[event] < last.get(aggregate, (0, ""))[0]:
            found.append(Finding("events", "bus", "out of order", f"{aggregate}: {event} after {last[aggregate][1]}"))
        last[aggregate] = (order[event], event)
    return found[:3]
