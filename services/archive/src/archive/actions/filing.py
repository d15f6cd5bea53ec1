"""How far schools are with verdicts and signatures; the summary, its print and its upload (SH-11)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from contracts.base import within
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.files import StoredObject
from servicekit.ids import new_id
from servicekit.refusals import Refusal

from archive.adapters.typesetting.papers import render_summary
from archive.deps import ArchiveDeps
from archive.domain import filing as rules
from archive.domain.bundles import safe
from archive.domain.confirmations import need_summary_open
from archive.domain.evaluations import Author
from archive.domain.filing import ClassFiling, Filing, Summary, Upload
from archive.domain.found import need_found
from archive.domain.papers import summary_page
from archive.domain.states import need_collecting
from archive.domain.terms import ArchiveTerm
from archive.store import audit, backfills, terms, verdicts
from archive.store import filing as store

_MOST_STUDENTS = 20_000


async def of_terms(tx: Tx, found: Sequence[tuple[ArchiveTerm, str]], path: str | None = None) -> list[Filing]:
    """How far these terms are, each with the title of its school; `path`: only of the classes below it."""
    ids = [term.id for term, _ in found]
    classes = await store.classes(tx, [(term.id, term.path) for term, _ in found], path)
    revisions, summaries = await store.revisions(tx, ids), await store.newest_summaries(tx, ids)
    uploads = await store.newest_uploads(tx, ids)

    def counted(term: ArchiveTerm) -> list[ClassFiling]:
        return [one for one in classes.get(term.id, []) if term.judges_grade(one.path)]

    return [
        Filing(term, title, counted(term), revisions.get(term.id, 0), summaries.get(term.id), uploads.get(term.id))
        for term, title in found
    ]


async def of_term(tx: Tx, term: ArchiveTerm, path: str | None = None) -> Filing | None:
    """How far one term is; None where its scheme has no verdict."""
    if term.verdict is None:
        return None
    [found] = await of_terms(tx, [(term, await store.school_title(tx, term.path))], path)
    return found


async def read(deps: ArchiveDeps, actor: Actor, term_id: UUID) -> Filing:
    """How far a school is, or the own class of a class teacher."""
    async with deps.db.reading() as tx:
        term = await terms.term(tx, deps.directory, term_id)
        if term is None or term.backfill or not (within(actor.path, term.path) or actor.covers(term.path)):
            raise Refusal("not_found")
        return need_found(await of_term(tx, term, None if actor.covers(term.path) else actor.path))


async def page(deps: ArchiveDeps, actor: Actor, path: str | None, after: str | None, limit: int) -> list[Filing]:
    """How far the schools of an organisation are, each in its newest term with a verdict."""
    chosen = path or actor.path
    actor.need(chosen)
    with_verdict = [(scheme.id, scheme.version) for scheme in deps.schemes if scheme.result.type == "verdict"]
    async with deps.db.reading() as tx:
        rows = await store.school_terms(tx, chosen, with_verdict, after, limit)
        known = {term.id: term for term in await terms.terms_by_id(tx, deps.directory, [row[0] for row in rows])}
        return await of_terms(tx, [(known[term_id], title) for term_id, _, title in rows])


@dataclass(frozen=True)
class PrintedSummary:
    """The PDF of a summary, and its version."""

    name: str
    pdf: bytes
    summary: Summary


async def print_summary(deps: ArchiveDeps, actor: Actor, term_id: UUID) -> PrintedSummary:
    """The summary of all verdicts and signatures; a new version only where something changed since the last one (SH-11)."""
    now = deps.now()
    async with deps.db.transaction() as tx:
        filing = await _lock(deps, tx, actor, term_id)
        term = filing.term
        rules.need_all_settled(filing)
        summary: Summary | None = None
        if filing.summary is not None and filing.summary_current:
            summary = await store.summary(tx, term_id, filing.summary.version)
        if summary is None:
            paths = [one.path for one in filing.classes]
            students = await verdicts.page(tx, term_id, paths, None, None, True, None, None, _MOST_STUDENTS)
            content = rules.summary_content(filing, students)
            version = filing.summary.version + 1 if filing.summary is not None else 1
            summary = Summary(
                term_id, version, filing.revision, rules.fingerprint_of(content), content,
                Author(actor.account_id, actor.name), now,
            )  # fmt: skip
            if not await store.add_summary(tx, summary):
                raise Refusal("stale_version")
        await audit.write(tx, now, actor, "summary.printed", term.path, term_id, version=summary.version, sha256=summary.sha256)
    url = f"{deps.settings.public_base}/signatures?term={term_id}&version={summary.version}&sha256={summary.sha256}"
    pdf = await deps.renderer.run(render_summary, summary_page(term, summary, url))
    return PrintedSummary(safe(f"评价结果汇总表-{term.title}-第{summary.version}版", 100) + ".pdf", pdf, summary)


async def upload(deps: ArchiveDeps, actor: Actor, term_id: UUID, version: int, file_id: UUID) -> Filing:
    """Attach the signed and stamped summary; refused where the data changed since it was printed (SH-11)."""
    now = deps.now()
    async with deps.db.transaction() as tx:
        filing = await _lock(deps, tx, actor, term_id)
        newest = rules.need_uploadable(filing, version)
        [row] = await deps.files.attach(tx, actor.account_id, [file_id], f"summary:{term_id}")
        new = Upload(newest.version, file_id, row["name"], row["media_type"], Author(actor.account_id, actor.name), now)
        await store.add_upload(tx, new_id(), term_id, new)
        await audit.write(
            tx, now, actor, "summary.uploaded", filing.term.path, term_id,
            version=newest.version, sha256=newest.sha256, file=row["sha256"],
        )  # fmt: skip
        return need_found(await of_term(tx, filing.term))


async def _lock(deps: ArchiveDeps, tx: Tx, actor: Actor, term_id: UUID) -> Filing:
    """The filing of a term, locked: no verdict and no slip changes meanwhile. Refuses all but who signs the summary."""
    term = await terms.lock_term(tx, deps.directory, term_id)
    if term is None or term.backfill or not actor.covers(term.path):
        raise Refusal("not_found")
    term.need_verdict()
    need_collecting(term.state, term.scheme.rule("sign_off"))
    need_summary_open(term, actor.roles, deps.now())
    return need_found(await of_term(tx, term))


async def find_upload(deps: ArchiveDeps, actor: Actor, term_id: UUID) -> StoredObject:
    """The newest upload of a term: its clean copy."""
    async with deps.db.reading() as tx:
        term = need_found(await terms.term(tx, deps.directory, term_id))
        actor.need(term.path)
        newest = need_found((await store.newest_uploads(tx, [term_id])).get(term_id))
        file = need_found(await backfills.file(tx, newest.file_id))
    return StoredObject(file["bucket"], file["object_key"], file["name"], file["media_type"])
