"""What goes outside, where it may go, how it is signed and when it is tried again: no I/O."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from contracts.base import Event
from contracts.registry import EVENTS
from notify.domain.webhooks import (
    OF_SCHOOLS,
    PAUSES,
    TYPES,
    body_of,
    need_address,
    need_types,
    new_secret,
    next_attempt,
    public_event,
    reachable,
    signature,
)
from notify_builders import COMPLAINANT, PSEUDONYM, case_closed, case_moved, case_opened, submitted
from servicekit.refusals import Refusal
from test_who_is_told import TABLE


def test_a_signature_is_the_one_that_the_standard_shows() -> None:
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    signed = signature([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    both = signature([new_secret(), secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert both.split(" ")[1] == signed
    assert len(base64.b64decode(new_secret().removeprefix("whsec_"))) == 32


def test_every_type_is_an_event_and_no_event_tells_outside_more_than_ids_and_places() -> None:
    sent_names = {subject.rpartition(".")[0] for subject in EVENTS}
    assert set(TYPES) <= sent_names
    events: list[Event] = [event for event, _ in TABLE]
    seen = set()
    for event in events:
        public = public_event(event)
        if public is None:
            continue
        name, path, data, _ = public
        seen.add(name)
        assert json.loads(data)["path"] == path
        for secret in (
            "李晓雨",
            "敬老院",
            "二班",
            "不实",
            "请重拍",
            "title",
            "name",
            "text",
            "reason",
            PSEUDONYM,
            str(COMPLAINANT),
        ):
            assert secret not in data.decode(), (name, secret)
    assert seen == set(TYPES)


@pytest.mark.feature("X-08")
def test_what_is_told_of_a_case_leads_to_it_and_not_to_who_complained() -> None:
    for event in (case_opened(), case_moved("class_teacher", "班主任审核"), case_closed()):
        public = public_event(event)
        assert public is not None
        assert set(json.loads(public[2])) <= {
            "path", "term_id", "student_id", "record_id", "entry_id", "case_id", "case_type", "stage", "outcome",
        }  # fmt: skip
    notified = public_event(submitted())
    assert notified is not None
    assert {"record_id", "student_id", "kind", "version"} < set(json.loads(notified[2]))


def test_operators_subscribe_to_what_names_no_pupil_only() -> None:
    need_types(OF_SCHOOLS, "operator")
    need_types(TYPES, "administrator")
    for types, role in (({"publicity.case.opened"}, "operator"), ({"identity.card.revoked"}, "administrator")):
        with pytest.raises(Refusal) as refused:
            need_types(types, role)
        assert refused.value.details["errors"][0]["field"] == "types"


def test_pauses_grow_and_end() -> None:
    now = datetime(2026, 6, 1, tzinfo=UTC)
    waits = [at - now for attempts in range(1, 20) if (at := next_attempt(attempts, now)) is not None]
    assert waits == sorted(waits) == list(PAUSES)
    assert sum(waits, timedelta()) > timedelta(days=3)


INSIDE = [
    "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::10.0.0.1", "2002:7f00:0001::", "fc00::1", "fd12::1", "fe80::1",
    "fe80::1%eth0", "ff02::1", "2001:db8::1", "nonsense", "",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_nothing_is_sent_to_an_address_inside(address: str) -> None:
    assert not reachable(address, loopback=False)


def test_public_addresses_are_reached_and_this_machine_where_it_is_allowed() -> None:
    assert all(reachable(one, loopback=False) for one in ("93.184.215.14", "2606:2800:21f::1", "::ffff:93.184.215.14"))
    assert all(reachable(one, loopback=True) for one in ("127.0.0.1", "::1", "::ffff:127.0.0.1"))
    assert not any(reachable(one, loopback=True) for one in ("10.0.0.1", "169.254.169.254", "0.0.0.0"))


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/a", "ftp://hooks.example.com/", "https://", "https://user:pw@hooks.example.com/",
        "https://hooks.example.com/#x", "https://localhost/", "https://a.localhost/", "https://db.internal/",
        "https://127.0.0.1/", "https://[::1]/", "https://10.0.0.8/x", "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:10.0.0.1]/", "https://hooks.example.com:99999/", "https://a b.example.com/", "https://例子.cn/",
        "javascript:alert(1)", "https://[fe80::1%25eth0]/", "//hooks.example.com", "http://127.0.0.1:8080/",
    ],
)  # fmt: skip
def test_an_address_that_nobody_may_be_sent_to_is_refused(url: str) -> None:
    with pytest.raises(Refusal) as refused:
        need_address(url, loopback=False)
    assert (refused.value.code, refused.value.details["field"]) == ("webhook_address", "url")


def test_a_public_https_address_is_taken_and_loopback_by_setting() -> None:
    need_address("https://hooks.example.com:8443/a?b=c", loopback=False)
    need_address("http://127.0.0.1:9000/hook", loopback=True)
    need_address("http://localhost:9000/hook", loopback=True)
    for url in ("http://hooks.example.com/", "http://10.0.0.1/", "https://10.0.0.1/"):
        with pytest.raises(Refusal):
            need_address(url, loopback=True)


OF_RECORD = ["kind", "path", "record_id", "student_id", "term_id", "version"]
OF_CASE = ["case_id", "case_type", "entry_id", "path", "record_id", "student_id", "term_id"]
OF_ENTRY = ["case_id", "entry_id", "kind", "path", "record_id", "student_id", "term_id"]
TOLD_OUTSIDE: dict[str, tuple[str, list[str]]] = {
    "publicity.term.opened": ("公示开始", ["entries", "path", "term_id"]),
    "publicity.term.closed": ("公示结束", ["entries", "in_dispute", "path", "term_id"]),
    "archive.term.sealed": ("学期档案已生成", ["archives", "path", "root", "term_id", "version"]),
    "records.record.submitted": ("记录已上报", OF_RECORD),
    "records.record.returned": ("记录被退回", OF_RECORD),
    "records.record.approved": ("记录审核通过", OF_RECORD),
    "records.record.voided": ("记录作废", OF_RECORD),
    "records.misconduct.released": ("不良记录解除", OF_RECORD),
    "records.position.approved": ("职务通过", ["path", "position_id", "student_id", "term_id", "version"]),
    "publicity.entry.voided": ("公示条目作废", sorted([*OF_ENTRY, "outcome"])),
    "publicity.entry.restored": ("公示条目恢复", OF_ENTRY),
    "publicity.case.opened": ("公示异常提出", OF_CASE),
    "publicity.case.moved": ("公示异常流转", sorted([*OF_CASE, "stage"])),
    "publicity.case.lapsed": ("公示异常逾期", sorted([*OF_CASE, "stage"])),
    "publicity.case.closed": ("公示异常办结", sorted([*OF_CASE, "outcome"])),
    "archive.career.sealed": ("生涯档案已生成", ["archive_id", "path", "student_id", "version"]),
}


@pytest.mark.feature("X-08")
def test_exactly_these_ids_and_places_are_told_outside() -> None:
    found = {}
    for event, _ in TABLE:
        if (public := public_event(event)) is not None:
            name, _, data, at = public
            found[name] = (TYPES[name][0], sorted(json.loads(data)))
            assert at == getattr(event, "at", None)
    assert found == TOLD_OUTSIDE
    assert {"publicity.term.opened", "publicity.term.closed", "archive.term.sealed"} == OF_SCHOOLS


def test_a_body_is_the_type_the_moment_and_the_data() -> None:
    at = datetime(2026, 6, 1, 8, tzinfo=UTC)
    body = body_of("webhook.ping", at, b'{"path":"jx"}')
    assert body == b'{"type":"webhook.ping","timestamp":"2026-06-01T08:00:00Z","data":{"path":"jx"}}'
    assert new_secret().startswith("whsec_")
    minutes = [pause.total_seconds() / 60 for pause in PAUSES]
    assert minutes == [5 / 60, 1, 5, 30, 120, 300, 600, 840, 1200, 1440]
    assert next_attempt(len(PAUSES) + 1, at) is None


@pytest.mark.parametrize(
    ("url", "detail"),
    [
        ("https://[bad/", "地址格式不正确"), ("https://", "地址格式不正确"), ("https://例子.cn/", "地址格式不正确"),
        ("https://a b.example.com/", "地址格式不正确"), ("https://u@hooks.example.com/", "地址中不能带用户名、密码或片段"),
        ("https://:p@hooks.example.com/", "地址中不能带用户名、密码或片段"),
        ("https://hooks.example.com/#x", "地址中不能带用户名、密码或片段"),
        ("http://hooks.example.com/", "只接受 https 地址"), ("https://localhost/", "不能使用内部网络地址"),
        ("https://a.local/", "不能使用内部网络地址"), ("https://10.0.0.1/", "不能使用内部网络地址"),
    ],
)  # fmt: skip
def test_an_address_is_refused_in_words(url: str, detail: str) -> None:
    with pytest.raises(Refusal) as refused:
        need_address(url, loopback=False)
    assert (refused.value.code, refused.value.detail) == ("webhook_address", detail)


def test_a_type_that_cannot_be_subscribed_to_is_named() -> None:
    with pytest.raises(Refusal) as refused:
        need_types({"b.c", "a.b", "publicity.term.opened"}, "administrator")
    assert (refused.value.code, refused.value.details) == (
        "invalid_input", {"errors": [{"field": "types", "message": "不能订阅：a.b、b.c"}]},
    )  # fmt: skip
