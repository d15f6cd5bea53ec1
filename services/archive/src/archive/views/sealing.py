"""What a school sees before it seals a term."""

from uuid import UUID

from archive.domain.terms import SealPreview
from archive.views.base import View
from archive.views.home import NamedStudentView


class BlockView(View):
    """What stands in the way of the seal; `may_go_on`: the school may seal in spite of it, if it says so."""

    what: str
    message: str
    may_go_on: bool


class ClassMissingView(View):
    """Students of a class who lack a required evaluation, and who writes it."""

    path: str
    grade_title: str
    class_title: str
    type: str
    title: str
    by: str
    students: list[NamedStudentView]


class SealPreviewView(View):
    """What sealing would find now: `may_seal` where nothing stands in its way, or only what the school may go on without."""

    term_id: UUID
    title: str
    students: int
    classes: int
    may_seal: bool
    blocks: list[BlockView]
    missing: list[ClassMissingView]


def preview_view(preview: SealPreview) -> SealPreviewView:
    """From the use case's result."""
    scheme = preview.term.scheme
    evaluations = {evaluation.id: evaluation for evaluation in scheme.evaluations}
    return SealPreviewView(
        term_id=preview.term.id,
        title=preview.term.title,
        students=preview.students,
        classes=preview.classes,
        may_seal=all(block.may_go_on for block in preview.blocks),
        blocks=[BlockView.model_validate(block) for block in preview.blocks],
        missing=[
            ClassMissingView(
                path=one.path,
                grade_title=one.grade_title,
                class_title=one.class_title,
                type=one.type,
                title=evaluations[one.type].title,
                by="、".join(scheme.role_title(role) for role in evaluations[one.type].by),
                students=[NamedStudentView(student_id=student.id, student_name=student.name) for student in one.students],
            )
            for one in preview.missing
        ],
    )
