"""Growth records with pictures, the feeds, and records that become evaluation material (CS-04 to CS-06)."""

from datetime import timedelta
from typing import Any

from demo.world import now

from chaos.client import Caller
from chaos.term_run.base import TermRun
from chaos.term_run.records import picture
from demo import stories

KINDS = ("public_welfare", "health_activity", "arts_activity", "social_practice")
"""Kinds of material; the student chooses one for each record."""
VISIBILITIES = ("school", "class", "private")
KEPT = 2
"""So many records become material; the others stay growth records."""


async def write(term: TermRun, pupil: Caller) -> None:
    """Write a record of each visibility, look at the feeds, and make all but the last evaluation material."""
    scheme = term.school.world.scheme
    for number, visibility in enumerate(VISIBILITIES):
        marker = f"{term.name} {pupil.username} 成长{number}"
        file = f"{marker}.jpg".replace(" ", "-")
        shown = await pupil.upload_evidence(term.journal, "/records/evidence", file, "image/jpeg", picture(term.rng))
        data = {"name": marker, "body": stories.account(term.rng, 30, 200), "category": "school_activity"}
        body = {
            "term_id": term.id,
            "kind": scheme["drafts"]["kind"]["id"],
            "data": data,
            "evidence": [shown],
            "visibility": visibility,
        }
        await pupil.write(term.journal, "record", {"title": marker, "submit": False}, "POST", "/records/records", body)
    for circle in ("class", "school"):
        await pupil.get("/records/shared", circle=circle)
    drafts = await pupil.everything("/records/records", term_id=term.id, state="draft")
    for draft in sorted(drafts, key=lambda one: str(one["title"]))[:KEPT]:
        await _make_material(term, pupil, draft["id"], term.rng.choice(KINDS))


async def _make_material(term: TermRun, pupil: Caller, record_id: str, kind: str) -> None:
    """Choose the kind, fill in its form, send; each step follows from what the record is at present."""
    path, about = f"/records/records/{record_id}", {"record": record_id}

    async def sent() -> bool:
        record = await pupil.get(path)
        if record["state"] != "draft":
            return True
        if record["kind"] != kind:
            await term.try_write(pupil, "record.category", about, "PUT", f"{path}/category", {"kind": kind})
        elif "hours" not in record["data"]:
            body = {"data": _activity(record["data"]), "evidence": [one["evidence_id"] for one in record["evidence"]]}
            body |= {"visibility": record["visibility"]}
            await pupil.write(term.journal, "record.mend", about, "PUT", path, body, version=record["version"])
        else:
            await term.act_on_record(pupil, record_id, "submission")
        return False

    await term.settle("成长记录选为材料", sent)


def _activity(data: dict[str, Any]) -> dict[str, Any]:
    ended = now() - timedelta(days=30)
    times = {"starts_at": (ended - timedelta(hours=4)).isoformat(), "ends_at": ended.isoformat(), "hours": 4}
    return {**data, "place": "烈士公园", **times}


async def wait_for_entries(term: TermRun, pupil: Caller) -> None:
    """Wait until publicity has every record of the pupil that was approved."""

    async def all_there() -> bool:
        approved = await pupil.everything("/records/records", term_id=term.id, state="approved")
        entries = await pupil.everything("/publicity/entries", term_id=term.id)
        return {record["id"] for record in approved} <= {entry["record_id"] for entry in entries}

    await term.settle("材料进入公示", all_there)
