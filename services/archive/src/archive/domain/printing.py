"""Names that cannot be printed are known before anything is sealed (L-18)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from servicekit.directory import Student
from servicekit.refusals import Refusal

RULE = "L-18"
_COMMON = range(0x4E00, 0x9FA6)
"""Chinese characters that every font has."""
_NAMED = 20


@dataclass(frozen=True)
class Unprintable:
    """A student whose name or class has characters that cannot be printed: private-use ones, or such without a glyph."""

    student_id: UUID
    student_name: str
    class_title: str
    characters: str
    code_points: tuple[str, ...]


def _texts(student: Student) -> str:
    return student.name + student.class_title + student.grade_title + student.school_title


def rare_characters(students: Iterable[Student]) -> str:
    """The characters of names and classes that some font may lack, each once."""
    every = dict.fromkeys("".join(map(_texts, students)))
    return "".join(char for char in every if not char.isascii() and ord(char) not in _COMMON)


def unprintable(students: Iterable[Student], missing: str) -> list[Unprintable]:
    """The students whose name or class has one of these characters."""
    found = []
    for student in students:
        characters = "".join(char for char in dict.fromkeys(_texts(student)) if char in missing)
        if characters:
            points = tuple(f"U+{ord(char):04X}" for char in characters)
            found.append(Unprintable(student.id, student.name, student.class_title, characters, points))
    return found


def need_printable(found: Sequence[Unprintable], with_unprintable: bool) -> None:
    """Refuse while names cannot be printed, unless told to go on: then 〓 is printed, and the signed data have the name."""
    if not found or with_unprintable:
        return
    named = "、".join(f"{one.student_name}（{'、'.join(one.code_points)}）" for one in found[:_NAMED])
    more = f"等{len(found)}人" if len(found) > _NAMED else ""
    raise Refusal(
        "characters_missing",
        rule=RULE,
        detail=f"姓名或班级中有不能打印的字符：{named}{more}",
        unprintable=[vars(one) | {"student_id": str(one.student_id)} for one in found],
        help="请学校学籍管理员改正姓名（自造字请换成国家标准字符），或确认后以〓代替生成",
    )
