"""The variants of services broken on purpose change every way of sending events, not only the one that a drill uses."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from chaos.broken import variants
from contracts.identity import CardRevokedV1
from servicekit import outbox
from servicekit.ids import new_id, utc_now

EVENT = CardRevokedV1(card_id=new_id(), account_id=new_id(), at=utc_now(), reason="moved")


class RecordingTx:
    """Keeps the parameters of statements instead of executing them."""

    def __init__(self) -> None:
        self.inserted: list[Any] = []

    async def execute(self, sql: str, *parameters: Any) -> None:
        if "INSERT INTO outbox" in sql:
            self.inserted += parameters[0]


async def _add(tx: RecordingTx) -> None:
    await outbox.add(tx, EVENT)  # type: ignore[arg-type]


async def _add_serialised(tx: RecordingTx) -> None:
    await outbox.add_serialised(tx, CardRevokedV1, [(EVENT.aggregate, EVENT.model_dump_json().encode())])  # type: ignore[arg-type]


async def _own_statement(tx: RecordingTx) -> None:
    """As records does: a statement of its own store takes the rows along."""
    rows = outbox.OutboxRows.of([EVENT])
    await tx.execute("INSERT INTO outbox", *rows)
    await rows.wake(tx)  # type: ignore[arg-type]


WAYS = [_add, _add_serialised, _own_statement]


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What the variants publish by themselves; the outbox is as before after the test."""
    sent: list[tuple[Any, ...]] = []

    async def publish(event_id: Any, *event: Any) -> None:
        sent.append(event)

    for name in ("of_serialised", "wake"):
        monkeypatch.setattr(outbox.OutboxRows, name, outbox.OutboxRows.__dict__[name])
    monkeypatch.setattr(variants, "_publish", publish)
    monkeypatch.setattr(variants, "GAP", 0.0)
    return sent


async def _inserted_by(way: Callable[[RecordingTx], Awaitable[None]]) -> int:
    """How many rows of the outbox were inserted; waits until what is published by itself is."""
    tx = RecordingTx()
    await way(tx)
    await asyncio.sleep(0.01)
    return len(tx.inserted)


@pytest.mark.parametrize("way", WAYS)
async def test_a_sound_outbox_keeps_the_row_and_publishes_nothing_itself(published: list[Any], way: Any) -> None:
    assert await _inserted_by(way) == 1
    assert published == []


@pytest.mark.parametrize("way", WAYS)
async def test_no_outbox_keeps_no_row_and_publishes_from_memory(published: list[Any], way: Any) -> None:
    variants.no_outbox()
    assert await _inserted_by(way) == 0
    assert [event[:2] for event in published] == [(EVENT.subject, EVENT.aggregate)]


@pytest.mark.parametrize("way", WAYS)
async def test_publish_before_commit_publishes_while_the_transaction_is_open(
    published: list[Any], monkeypatch: pytest.MonkeyPatch, way: Any
) -> None:
    variants.publish_before_commit()
    monkeypatch.setattr(variants, "GAP", 30.0)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await way(RecordingTx())
    assert [event[:2] for event in published] == [(EVENT.subject, EVENT.aggregate)]
