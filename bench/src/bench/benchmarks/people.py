"""identity for a browser: home screens, what the screens of staff read, and refreshing the session by its cookie."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from uuid import UUID

from bench import rounds, usage
from bench.environment import Environment, an_actor
from bench.figures import Figure
from bench.load import BenchError, Call, closed_loop

DISTRICT = "jx.nc.dh"
SCHOOL = f"{DISTRICT}.big"
CLASS = f"{SCHOOL}.g2025.c01"
CLASSES = 60
OTHER_SCHOOLS = 500
SESSIONS = 20_000
CONCURRENCY = 4
_ORGANISATIONS = """
INSERT INTO organisations (path, level, title, stage, scheme_id, scheme_version, time_zone, own_scheme)
SELECT path::ltree, level, title, 'senior_secondary', 'jiangxi', '2026.1', 'Asia/Shanghai', false FROM (VALUES
    ('jx', 'province', '江西省'), ('jx.nc', 'city', '南昌市'), ('jx.nc.dh', 'district', '东湖区'),
    ('jx.nc.dh.big', 'school', '量测中学'), ('jx.nc.dh.big.g2025', 'grade', '2025级')) AS o (path, level, title)
UNION ALL SELECT text2ltree('jx.nc.dh.big.g2025.c' || lpad(n::text, 2, '0')), 'class', n || '班', 'senior_secondary', 'jiangxi',
    '2026.1', 'Asia/Shanghai', false FROM generate_series(1, $1::integer) n
UNION ALL SELECT text2ltree('jx.nc.dh.s' || n), 'school', '第' || n || '中学', 'senior_secondary', 'jiangxi', '2026.1',
    'Asia/Shanghai', false FROM generate_series(1, $2::integer) n
"""
_PEOPLE = """
CREATE TEMP TABLE made AS SELECT n, uuidv7() AS person, uuidv7() AS account, uuidv7() AS student, uuidv7() AS parent,
       uuidv7() AS parent_account FROM generate_series(1, 3000) n;
INSERT INTO persons (id, name, name_key, sex) SELECT person, '学生' || n, '学生' || n, 'female' FROM made
    UNION ALL SELECT parent, '家长' || n, '家长' || n, NULL FROM made;
INSERT INTO accounts (id, username, person_id) SELECT account, '1' || lpad(n::text, 12, '0'), person FROM made
    UNION ALL SELECT parent_account, '138' || lpad(n::text, 8, '0'), parent FROM made;
INSERT INTO credentials (account_id, password_hash, must_change)
SELECT account, CASE WHEN n % 3 > 0 THEN 'x' END, false FROM made UNION ALL SELECT parent_account, 'x', false FROM made;
INSERT INTO students (id, person_id, account_id, registry_number, registry_sealed, registry_index, eid, path, status)
SELECT student, person, account, 'G36' || n, 'x', decode(md5(n::text), 'hex'), '1' || lpad(n::text, 12, '0'),
       text2ltree('jx.nc.dh.big.g2025.c' || lpad((n % 60 + 1)::text, 2, '0')), 'enrolled' FROM made;
INSERT INTO guardians (student_id, account_id, name, relation, source, phone)
SELECT student, parent_account, '家长' || n, '母亲', 'roster', '138' || lpad(n::text, 8, '0') FROM made WHERE n % 10 > 0;
INSERT INTO cards (id, account_id, person_id, role, student_id)
SELECT uuidv7(), parent_account, parent, 'guardian', student FROM made WHERE n % 2 = 1;
"""
_SCHOOL_COUNTS = """
INSERT INTO school_counts (path, classes, students, students_in_use, with_guardian, guardians_in_use, counted_at)
SELECT path, 40, 2000, 1500, 1900, 1000, now() FROM organisations WHERE level = 'school'
ON CONFLICT DO NOTHING
"""
_SESSIONS = """
WITH s AS (INSERT INTO sessions (id, account_id, client, made_at, until)
    SELECT uuidv7(), (SELECT id FROM accounts WHERE username = '13800000001'), '127.0.0.1', now(), now() + interval '14 days'
      FROM generate_series(1, $1::integer) RETURNING id)
INSERT INTO refresh_tokens (digest, session_id)
SELECT sha256(convert_to('bench-' || row_number() OVER (), 'UTF8')), id FROM s
"""


@dataclass(frozen=True)
class Measure:
    """Requests of one sort, and the CPU milliseconds that one may take."""

    what: str
    calls: Iterator[Call]
    goal: float


async def _fill(env: Environment) -> UUID:
    """A school of 3,000 pupils with guardians, 500 other schools, and sessions. Returns a guardian's account."""
    async with env.database("identity") as connection:
        await connection.execute(_ORGANISATIONS, CLASSES, OTHER_SCHOOLS)
        await connection.execute(_PEOPLE)
        await connection.execute(_SCHOOL_COUNTS)
        await connection.execute(_SESSIONS, SESSIONS)
        await connection.execute("ANALYZE")
        token = await connection.fetchval("SELECT count(*) FROM refresh_tokens WHERE digest = $1", _digest("bench-1"))
        if token != 1:
            raise BenchError("the sessions have other tokens than the benchmark sends")
        account: UUID = await connection.fetchval("SELECT id FROM accounts WHERE username = '13800000001'")
        return account


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _refreshes(env: Environment) -> Iterator[Call]:
    """Refreshes by the cookie, each of a session of its own."""
    headers = {"Origin": env.platform.gateway_url, "Content-Type": "application/json"}
    for number in range(1, SESSIONS + 1):
        yield Call("POST", f"{env.url('identity')}/sessions/refresh", headers | {"Cookie": f"zp_refresh=bench-{number}"}, b"{}")
    raise BenchError(f"{SESSIONS} sessions are too few for so many rounds")


def _slips(env: Environment) -> Iterator[Call]:
    """Orders of the slips of each class in turn; each replaces the slips of the order before."""
    headers = env.headers(an_actor("administrator", SCHOOL))
    for number in itertools.cycle(range(1, CLASSES + 1)):
        body = {"path": f"{SCHOOL}.g2025.c{number:02}", "audience": "students"}
        yield env.call("identity", "POST", "/slips/address", headers, body)


async def measure(env: Environment) -> list[Figure]:
    """k: CPU milliseconds of a request, in identity and PostgreSQL, with four callers at once."""
    account = await _fill(env)

    def read(role: str, path: str, address: str, account_id: UUID | None = None) -> Iterator[Call]:
        actor = an_actor(role, path)
        if account_id is not None:
            actor = type(actor)(account_id, actor.card_id, actor.role, path, actor.name)
        return itertools.repeat(env.call("identity", "GET", address, env.headers(actor)))

    def home(role: str, path: str, account_id: UUID | None = None) -> Iterator[Call]:
        return read(role, path, "/home", account_id)

    measures = [
        Measure("home of a guardian", home("guardian", CLASS, account), 6.0),
        Measure("home of a class teacher, 50 students", home("class_teacher", CLASS), 8.0),
        Measure("home of a school of 3,000", home("administrator", SCHOOL), 60.0),
        Measure(f"home of a district of {OTHER_SCHOOLS} schools", home("administrator", DISTRICT), 10.0),
        Measure(f"the {CLASSES} classes of a school", read("administrator", SCHOOL, "/classes"), 60.0),
        Measure("the accounts of a class", read("class_teacher", CLASS, f"/classes/accounts?path={CLASS}"), 10.0),
        Measure(f"the {OTHER_SCHOOLS} schools below a district", read("administrator", DISTRICT, "/organisations/below"), 60.0),
        Measure("the roles that one may give", read("administrator", SCHOOL, f"/staff/roles?path={SCHOOL}"), 6.0),
        Measure("help of a class teacher", read("class_teacher", CLASS, "/help"), 6.0),
        Measure("account slips of a class of 50, as a PDF", _slips(env), 60.0),
        Measure("refresh by cookie", _refreshes(env), 8.0),
    ]
    return [await _figure(env, one) for one in measures]


async def _figure(env: Environment, one: Measure) -> Figure:
    pids = [env.pid("identity"), env.pid("postgres")]
    await closed_loop(env.http, one.calls, CONCURRENCY, 0.3)
    costs: list[float] = []
    durations: list[float] = []
    for _ in range(env.options.rounds):
        before = usage.cpu_seconds(pids)
        result = await closed_loop(env.http, one.calls, CONCURRENCY, env.options.seconds)
        costs.append((usage.cpu_seconds(pids) - before) / result.answers * 1000)
        durations += [seconds * 1000 for seconds in result.durations]
    return Figure(
        "k", one.what, median(costs), "CPU ms", one.goal, "at most",
        low=min(costs), high=max(costs), rounds=env.options.rounds,
        made_of={"p50 ms": rounds.percentile(durations, 0.5), "p99 ms": rounds.percentile(durations, 0.99)},
    )  # fmt: skip
