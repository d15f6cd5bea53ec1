"""The home screen: what may be imported until when, and which of one's own batches wait."""

from servicekit.auth import SIGNED_IN
from servicekit.home import Todo, windows_of_terms
from servicekit.http import Api, Request

from importer.actions import home as actions
from importer.domain import Batch, State
from importer.views import BatchView, ImportHome

api = Api("home")
_RUNNING = frozenset({State.CHECKING, State.RECHECKING, State.COMMITTING})
_REFUSED = frozenset({State.REFUSED, State.FAILED})


@api.get("/home", may=SIGNED_IN, rules=("X-02", "JX-05"))
async def home(request: Request) -> ImportHome:
    """What this card may import now and until when, and its newest batch of each type: running, to correct or to commit."""
    actor, now = request.actor, request.deps.now()
    terms, operations, newest = await actions.home(request.deps, actor)
    is_open, opens = windows_of_terms(terms, operations, actor.roles, actor.path, now)
    return ImportHome(
        now=is_open, next=opens, todo=_todo(newest), batches=[BatchView.model_validate(batch) for batch in newest]
    )


def _todo(newest: list[Batch]) -> list[Todo]:
    lines = {
        "batches_running": ("正在检查或导入的文件", [b for b in newest if b.state in _RUNNING]),
        "batches_to_correct": ("有问题、要改好再上传的文件", [b for b in newest if _has_problems(b)]),
        "batches_to_commit": ("检查通过、还没有导入的文件", [b for b in newest if b.may_commit]),
    }
    return [
        Todo(id=name, title=title, count=len(found), detail="、".join(dict.fromkeys(batch.title for batch in found)))
        for name, (title, found) in lines.items()
        if found
    ]


def _has_problems(batch: Batch) -> bool:
    return batch.state in _REFUSED or (batch.state == State.CHECKED and not batch.may_commit)
