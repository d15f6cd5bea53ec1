"""Beijing's scheme with a result as counties have it: marks of a panel, earlier years, the consent of the district (X-15)."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from scheme import Scheme

BEIJING = Path(__file__).parents[3] / "schemes" / "beijing" / "2026.1.yaml"
BANDS = [
    {"id": "A", "title": "优秀", "at_least": 80, "points": 90},
    {"id": "B", "title": "良好", "at_least": 60, "points": 70},
    {"id": "C", "title": "一般", "at_least": 30, "points": 45},
    {"id": "D", "title": "较差", "at_least": 0, "points": 15},
]
PANEL: dict[str, Any] = {
    "id": "panel", "title": "评定小组评定", "source": "mark", "operation": "group_evaluate",
    "by": ["supervision_group", "panel"], "scorers": "each", "resolve": "majority", "weight": 1,
}  # fmt: skip
EARLIER: dict[str, Any] = {
    "id": "years", "title": "各学年结果", "source": "earlier", "years": {7: "0.4", 8: "0.6"}, "missing_year": "ask",
    "operation": "group_evaluate", "by": ["panel"],
}  # fmt: skip
RECORDS: dict[str, Any] = {
    "id": "ledger", "title": "积分", "source": "records", "quotas": ["service"], "span": "stage", "base": 60, "maximum": 90,
}  # fmt: skip
CONSENT: dict[str, Any] = {"bands": ["D"], "by": "county_office", "operation": "consent"}
SERVICE: dict[str, Any] = {
    "id": "service", "title": "服务积分", "kinds": ["moral_deed", "civic_duty"], "per": "year", "max": 10,
    "beyond": "not_counted", "points": [{"kind": "moral_deed", "points": 4}, {"kind": "civic_duty", "points": 3}],
}  # fmt: skip


@cache
def _beijing() -> str:
    data = yaml.load(BEIJING.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return json.dumps({name: part for name, part in data.items() if name not in ("shared", "examples")})


def graded(**result: Any) -> Scheme:
    """The scheme with these keys of its result; else only the panel's marks, and the consent of the district to a D."""
    data = json.loads(_beijing())
    data["roles"] += [
        {"id": "panel", "title": "评定小组", "at": "school", "granted_by": ["school_administrator"], "may": ["evaluate"]},
        {"id": "county_office", "title": "县教育局", "at": "district", "may": ["evaluate"]},
    ]
    for operation in data["timing"]["operations"]:
        if operation["id"] == "group_evaluate":
            operation["roles"].append("panel")
    data["timing"]["operations"].append({"id": "consent", "title": "上级同意", "roles": ["county_office"], "window": "none"})
    data["quotas"] = [SERVICE]
    data["imports"] = [one for one in data["imports"] if "parts" not in one]
    data["result"] |= {"bands": BANDS, "parts": [PANEL], "consents": [CONSENT], "overall": "none", "show": "bands"} | result
    return Scheme.model_validate(data)
