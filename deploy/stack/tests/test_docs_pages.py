"""The HTML of the developer pages."""

import re
from pathlib import Path
from typing import Any

from stack import docs_pages, plan


def test_the_first_page_links_to_the_client_and_to_verification() -> None:
    links = re.findall(r'<li><a href="([^"]+)"', docs_pages.developer_page(plan.NAMES, "http://x"))
    assert links[:2] == ["/", "/verify"]


def test_demo_accounts_stand_on_the_first_page_once_there_are_some(tmp_path: Path) -> None:
    file = tmp_path / "demo.json"
    assert docs_pages.Accounts.of(file) is None
    file.write_text('{"runs": 1, "accounts": {}}')
    assert docs_pages.Accounts.of(file) is None
    file.write_text('{"runs": 1, "accounts": {"附中": {"班主任": "t<1"}}, "password": "p&1"}')
    page = docs_pages.developer_page(plan.NAMES, "http://x", docs_pages.Accounts.of(file))
    assert "<tr><td>附中</td><td>班主任</td><td><code>t&lt;1</code></td></tr>" in page
    assert "<code>p&amp;1</code>" in page
    assert "演示账号" not in docs_pages.developer_page(plan.NAMES, "http://x")


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
