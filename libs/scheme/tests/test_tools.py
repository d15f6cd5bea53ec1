"""The commands for officials: compare versions, explain a scheme, begin a new one, release it (X-01)."""

from itertools import product
from pathlib import Path

import jsonschema
import pytest
import yaml
from proof.cli import main as zp
from scheme import diff, loads
from scheme.checking import Document, check
from scheme.cli import main
from scheme.tools import schema
from scheme.tools.begin import Answers, begin

SCHEMES = Path(__file__).parents[3] / "schemes"
FILES = sorted(path for path in SCHEMES.glob("*/*.yaml") if path.parent.name != "layouts")
JIANGXI = (SCHEMES / "jiangxi" / "2026.1.yaml").read_text(encoding="utf-8")
pytestmark = pytest.mark.feature("X-01")


@pytest.mark.parametrize(
    ("good", "bad", "effect"),
    [
        ("max_per_kind: 2", "max_per_kind: 1", "已选的记录可能超过新的数量"),
        ("max_per_kind: 2", "max_per_kind: 3", None),
        ("after: P5D", "after: P4D", "未办结的案件会提前到期"),
        ("after: P5D", "after: P6D", None),
        ("min_publicity_working_days: 10", "min_publicity_working_days: 11", "已安排的公示可能不够长"),
        ("min_publicity_working_days: 10", "min_publicity_working_days: 9", None),
        ("text: {min: 10, max: 300}", "text: {min: 10, max: 200}", "已写的评语可能超过新的字数"),
        ("text: {min: 10, max: 300}", "text: {min: 10, max: 400}", None),
        ("{id: political_status, title: 政治面貌", "{id: political_status, title: 政治身份", None),
        ("- {id: credits, title: 学分, type: decimal,", "- {id: credits, title: 学分, type: decimal, required: true,",
         "已提交的记录可能缺少此项"),
        ("            - {id: note, title: 备注, type: text, max_length: 50}\n", "", "已有记录中的这一项不再显示"),
        (
            "            - {id: note, title: 备注, type: text, max_length: 50}\n",
            "            - {id: note, title: 备注, type: text, max_length: 50}\n"
            "            - {id: room, title: 考场, type: text, max_length: 50, required: true}\n",
            "已提交的记录缺少此项，修改时必须补填",
        ),
        ("                - {id: music, title: 音乐}\n", "", "选了这一项的记录须改选"),
        ("roles: [student, guardian], window: optional", "roles: [student, guardian]", "须在进行中的学期补排时间，否则不开放"),
        ("  - {id: duplicate, title: 重复上报, used_for: [record, position]}\n", "", None),
        ("{id: class_teacher, title: 班主任审核, role", "{id: form_teacher, title: 班主任审核, role",
         "停在这一步的记录须转到另一步"),
    ],
)  # fmt: skip
def test_a_change_says_what_it_does_to_terms_under_way(good: str, bad: str, effect: str | None) -> None:
    assert good in JIANGXI
    changes = diff(loads(JIANGXI), loads(JIANGXI.replace(good, bad, 1)))
    assert changes
    found = [change.breaks for change in changes if change.breaks]
    assert effect in found if effect else found == [], [str(change) for change in changes]


def test_diff_with_breaking_answers_whether_terms_under_way_are_touched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = SCHEMES / "jiangxi" / "2026.1.yaml"
    new = tmp_path / "jiangxi" / "2026.2.yaml"
    new.parent.mkdir()
    text = JIANGXI.replace('version: "2026.1"', 'version: "2026.2"')
    new.write_text(text.replace("max_per_kind: 2", "max_per_kind: 3"), encoding="utf-8")
    assert main(["diff", str(old), str(new), "--breaking"]) == 0
    assert capsys.readouterr().out == "没有影响进行中学期的改动\n"
    new.write_text(text.replace("max_per_kind: 2", "max_per_kind: 1"), encoding="utf-8")
    assert main(["diff", str(old), str(new), "--breaking"]) == 1
    assert capsys.readouterr().out == ("～ 档案 › 生涯档案 › 每类最多：2 → 1【影响进行中的学期】已选的记录可能超过新的数量\n")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_every_scheme_is_explained_in_chinese(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert zp(["scheme", "explain", str(path)]) == 0, "the command of the platform hands it on"
    out = capsys.readouterr().out
    scheme = loads(path.read_text(encoding="utf-8"))
    titles = [kind.title for kind in scheme.kinds] + [one.title for one in scheme.timing.operations]
    titles += [stage.title for stage in scheme.cases.stages] + [one.title for one in scheme.evaluations]
    assert [title for title in titles if title not in out] == []
    assert "None" not in out


def test_jiangxi_is_explained_as_its_source_says(capsys: pytest.CaptureFixture[str]) -> None:
    main(["explain", str(SCHEMES / "jiangxi" / "2026.1.yaml")])
    out = capsys.readouterr().out
    for line in (
        "- **质疑反馈**：学生、家长、班主任、任课教师、校管理员、校长；与“校园公示”同时开放；有问题找校管理员",
        "- 公示至少10个工作日",
        "- 环节“学生处理”：由当事学生处理，期限5天",
        "  - 复核不通过，作废 → 作废",
        "- **生涯档案**，由学生遴选，每类最多2条：",
    ):
        assert line in out, line


@pytest.mark.parametrize(
    ("stage", "review", "publicity", "complaints", "comment"),
    [
        *product(["senior_secondary"], [True, False], [0, 5, 10], [True, False], [True, False]),
        ("primary", True, 5, True, True),
        ("junior_secondary", True, 5, True, True),
    ],
)
def test_a_new_scheme_has_no_problem(stage: str, review: bool, publicity: int, complaints: bool, comment: bool) -> None:
    answers = Answers(
        "nanchang",
        "南昌方案",
        "南昌市教育局",
        stage,
        review=review,
        publicity=publicity,
        complaints=complaints,
        comment=comment,
    )
    assert list(map(str, check(Document.read(begin(answers), "new")))) == []


def test_the_command_writes_a_new_scheme_and_never_over_another(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["new", "nanchang", "--title", "南昌方案", "--authority", "南昌市教育局", "--folder", str(tmp_path)]
    assert main([*asked, "--dimensions", "品德、学业"]) == 0
    assert [one.title for one in loads((tmp_path / "nanchang" / "2026.1.yaml").read_text("utf-8")).dimensions] == [
        "品德",
        "学业",
    ]
    assert main(asked) == 1
    assert "文件已经存在" in capsys.readouterr().err
    assert main([*asked[:2], "--title", "", *asked[4:], "--version", "2026.2"]) == 1, "a title that is empty is refused"
    assert not (tmp_path / "nanchang" / "2026.2.yaml").exists()


def test_a_released_version_may_not_be_changed_any_more(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "jiangxi" / "2026.1.yaml"
    path.parent.mkdir()
    path.write_text(JIANGXI.replace("max_per_kind", "max_per_kid"), encoding="utf-8")
    assert main(["release", str(path)]) == 1, "a file with problems is not released"
    path.write_text(JIANGXI, encoding="utf-8")
    assert main(["release", str(path)]) == 0
    assert main(["release", str(path)]) == 0, "once more the same"
    path.write_bytes(JIANGXI.replace("\n", "\r\n").encode())
    assert main(["check", str(tmp_path)]) == 0, "line ends do not count"
    path.write_text(JIANGXI.replace("max_per_kind: 2", "max_per_kind: 3"), encoding="utf-8")
    capsys.readouterr()
    assert main(["check", str(path)]) == 1
    assert "已发布的版本被改动了" in capsys.readouterr().err
    assert main(["release", str(path)]) == 1
    path.unlink()
    assert main(["check", str(tmp_path)]) == 1
    assert "已发布的版本不见了" in capsys.readouterr().err


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_the_schema_for_editors_accepts_the_schemes(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=../scheme.schema.json\n")
    validator = jsonschema.Draft202012Validator(schema.schema())
    data = yaml.load(text, _Texts)
    assert [f"{error.json_path}: {error.message[:120]}" for error in validator.iter_errors(data)] == []
    assert not validator.is_valid(data | {"nonsense": 1})


class _Texts(yaml.SafeLoader):
    """Reads dates as texts, as editors do."""


_Texts.yaml_implicit_resolvers = {
    first: [one for one in found if one[0] != "tag:yaml.org,2002:timestamp"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
