"""A new version of a scheme is adopted for an organisation from a date, by the level whose scheme it is (X-01)."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from contracts.identity import OrganisationCreatedV1, SchemeAdoptedV1
from identity.actions import adoptions
from identity.domain.adoptions import need_lengths
from scheme import Schemes
from servicekit.refusals import Refusal
from servicekit.testing import Kit, an_actor
from stack.next_version import schemes_with_next_version

from .builders import SCHOOL, a_tree, an_administrator, an_identity

pytestmark = pytest.mark.feature("X-01")
PROVINCE, OTHER = "jx", "jx.nc.dh.s2"
NOW = datetime(2026, 6, 1, 2, tzinfo=UTC)
WISH = {"path": PROVINCE, "scheme_id": "jiangxi", "scheme_version": "2026.2", "starts_on": "2026-09-01"}


async def a_province(kit: Kit) -> Any:
    """Two schools under 2026.1; the province's administrator."""
    kit.at(NOW)
    operator = kit.as_(an_actor("operator", ""))
    first = {"parent": "", "code": PROVINCE, "title": "江西省", "scheme_id": "jiangxi", "scheme_version": "2026.1"}
    assert (await operator.post("/organisations", first)).status == 201
    await a_tree(kit)
    await a_tree(kit, OTHER)
    await kit.events(OrganisationCreatedV1)
    return kit.as_(an_administrator(PROVINCE))


async def versions(province: Any) -> dict[str, str]:
    """The version of each organisation, by path."""
    return {one["path"]: one["scheme_version"] for one in (await province.get("/organisations")).json["items"]}


async def test_a_version_takes_effect_on_its_day_for_the_whole_province_and_a_school_may_try_it_before(
    parts: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adoptions, "BATCH", 2)
    async with an_identity(parts, schemes=schemes_with_next_version(tmp_path)) as kit:
        province = await a_province(kit)
        made = await province.post("/adopted-schemes", WISH)
        assert (made.status, made.json["state"], made.json["from_version"]) == (201, "planned", "2026.1")
        pilot = await province.post("/adopted-schemes", WISH | {"path": SCHOOL, "starts_on": "2026-06-01", "running": "move"})
        assert pilot.status == 201
        await kit.tick()
        assert {p: v for p, v in (await versions(province)).items() if v == "2026.2"} == {SCHOOL: "2026.2"}
        found = (await province.get("/scheme-versions")).json
        assert [(one["path"], one["scheme_version"], one["since"], one["schools"]) for one in found["uses"]] == [
            (PROVINCE, "2026.1", None, 1),
            (SCHOOL, "2026.2", "2026-06-01", 1),
        ]
        kit.at(datetime(2026, 8, 31, 15, 59, tzinfo=UTC))
        await kit.tick()
        assert (await versions(province))[OTHER] == "2026.1", "the day has not begun in China"
        kit.at(datetime(2026, 8, 31, 16, 0, tzinfo=UTC))
        await kit.tick()
        assert set((await versions(province)).values()) == {"2026.2"}
        new = {"parent": "jx.nc.dh", "code": "s3", "title": "三中"}
        assert (await kit.as_(an_administrator("jx.nc.dh")).post("/organisations", new)).json["scheme_version"] == "2026.2"
        listed = (await province.get("/adopted-schemes")).json["items"]
        assert {(one["path"], one["state"], one["withdrawable"]) for one in listed} == {
            (SCHOOL, "in_force", False),
            (PROVINCE, "in_force", False),
        }
        states = [(one.path, one.state, one.running) for one in await kit.events(SchemeAdoptedV1)]
        assert states == [
            (PROVINCE, "planned", "stay"), (SCHOOL, "planned", "move"), (SCHOOL, "in_force", "move"),
            (PROVINCE, "in_force", "stay"),
        ]  # fmt: skip
        followed = [
            one for one in await kit.events(OrganisationCreatedV1) if one.scheme_version == "2026.2" and one.version == 2
        ]
        assert len(followed) == len({one.path for one in followed}) == 5
        await adoptions_again(kit, pilot.json["id"])


async def adoptions_again(kit: Kit, adoption_id: str) -> None:
    """A job that runs again after it was done changes nothing."""
    async with kit.deps.db.transaction() as tx:
        await adoptions.take_effect(kit.deps, tx, adoption_id, {})
    assert len(await kit.events(SchemeAdoptedV1)) == 4


async def test_an_adoption_is_withdrawn_before_its_day_and_not_after(parts: Any, tmp_path: Path) -> None:
    async with an_identity(parts, schemes=schemes_with_next_version(tmp_path)) as kit:
        province = await a_province(kit)
        made = (await province.post("/adopted-schemes", WISH)).json
        assert (await province.post("/adopted-schemes", WISH)).code == "adoption_planned"
        address = f"/adopted-schemes/{made['id']}/withdrawal"
        taken_back = await province.post(address)
        assert (taken_back.status, taken_back.json["state"]) == (200, "withdrawn")
        assert (await province.post(address)).code == "adoption_over"
        kit.at(NOW + timedelta(days=200))
        await kit.tick()
        assert set((await versions(province)).values()) == {"2026.1"}
        trail = [row["what"] for row in (await province.get("/audit")).json["items"]]
        assert {"scheme_adopted", "scheme_adoption_withdrawn"} <= set(trail)


async def test_only_the_schemes_own_level_adopts_and_only_a_newer_released_version(parts: Any, tmp_path: Path) -> None:
    folder = schemes_with_next_version(tmp_path)
    async with an_identity(parts, schemes=folder) as kit:
        province = await a_province(kit)
        for path, of, code in (
            ("jx.nc.dh", "jx.nc.dh", "forbidden"), (SCHOOL, SCHOOL, "forbidden"), ("jx.nc.dh", PROVINCE, "not_found"),
            ("hn", PROVINCE, "not_found"),
        ):  # fmt: skip
            refused = await kit.as_(an_administrator(path)).post("/adopted-schemes", WISH | {"path": of})
            assert refused.code == code, path
        for changed, code in (
            ({"scheme_version": "2026.1"}, "version_not_newer"),
            ({"scheme_version": "2027.1"}, "scheme_unknown"),
            ({"starts_on": "2026-05-31"}, "invalid_input"),
            ({"path": f"{SCHOOL}.g2025"}, "not_found"),
            ({"path": "jx.nothing"}, "not_found"),
        ):
            refused = await province.post("/adopted-schemes", WISH | changed)
            assert refused.code == code, changed
            assert refused.json.get("rule", "X-01") == "X-01"
        compared = (await province.get("/scheme-versions/jiangxi/2026.1/2026.2")).json
        assert compared["groups"][0]["breaking"] > 0
        effects = {change["effect"] for group in compared["groups"] for change in group["changes"]}
        assert "不能再填报；已有记录只按旧版本显示" in effects
        assert "类别“主题教育”停用：不能再填报，已有记录照原样可查" in compared["migration"]
    (folder / "released.yaml").unlink()
    async with an_identity(parts, schemes=folder) as kit:
        province = await a_province(kit)
        assert (await province.post("/adopted-schemes", WISH)).code == "version_not_released"


@pytest.mark.feature("X-01", "BJ-12")
def test_a_version_without_the_length_of_a_school_is_not_adopted() -> None:
    beijing = Schemes(Path(__file__).parents[3] / "schemes").latest("beijing")
    need_lengths(beijing, [("vocational", 2, ()), ("primary", None, ()), (None, None, ("primary",))])
    with pytest.raises(Refusal) as no:
        need_lengths(beijing, [("vocational", 2, ()), ("junior_secondary", 2, ())])
    assert (no.value.code, no.value.detail) == ("other_stage", "这个版本没有初中（2年），下面有这样的学校")
