"""The HTML of the start page and the developer pages."""

import re
from typing import Any

from stack import docs_pages, plan


def test_the_start_page_links_to_verification_and_documents() -> None:
    page = docs_pages.start_page()
    assert re.findall(r'<a href="([^"]+)"', page) == ["/verify", "/docs"]


def test_the_documents_name_every_service_in_chinese_and_show_its_first_call() -> None:
    page = docs_pages.developer_page(plan.NAMES, "http://<b>")
    for name in plan.NAMES:
        assert f"{plan.BY_NAME[name].title} {name}</a>" in page
        assert plan.BY_NAME[name].label in docs_pages.openapi_script(plan.NAMES).encode().decode("unicode-escape")
    assert "http://&lt;b&gt;/api/identity/sessions" in page


def test_every_structure_that_an_event_refers_to_can_be_reached_from_it() -> None:
    name = "records.record.approved.v1"
    payload: dict[str, Any] = {"properties": {"org": {"$ref": "#/components/schemas/OrgPath"}, "a": {"const": "<i>"}}}
    page = docs_pages.events_page(
        {
            "channels": {name: {"address": name, "description": "Passed."}},
            "components": {
                "messages": {f"{name}:Message": {"payload": {"$ref": "#/components/schemas/RecordApprovedV1"}}},
                "schemas": {"RecordApprovedV1": payload, "OrgPath": {"type": "string"}},
            },
        }
    )
    assert re.findall(r'<details id="([^"]+)"', page) == [name, "schema-OrgPath"]
    assert '<a href="#schema-OrgPath">OrgPath</a>' in page
    assert "<i>" not in page
