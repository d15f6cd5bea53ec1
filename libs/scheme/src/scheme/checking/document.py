"""A YAML file with the line and column of each key, and what officials call it. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from scheme import words
from scheme.base import Step

SHARED = "shared"
"""The top key that holds only anchors."""
EXAMPLES = "examples"
"""The top key with the examples, which only the checker reads."""
MERGE = "tag:yaml.org,2002:merge"
_NAMED_BY = ("title", "question", "name", "id", "says", "operation", "role", "to", "type", "per", "dimension", "field")


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake in a file. where: the keys in Chinese; also: other lines with the same. Line and column count from 1."""

    file: str
    line: int
    column: int
    where: str
    message: str
    correction: str = ""
    also: tuple[int, ...] = ()

    def __str__(self) -> str:
        others = f"（同样的还有第{'、'.join(map(str, self.also))}行）" if self.also else ""
        prefix = f"{self.where}：" if self.where else ""
        end = f"。{self.correction}" if self.correction else ""
        return f"{self.file}:{self.line}:{self.column}: {prefix}{self.message}{others}{end}"


class SchemeError(Exception):
    """An invalid file. `found`: its problems; `problems`: a line for each."""

    def __init__(self, found: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, found)))
        self.found = list(found)
        self.problems = [str(problem) for problem in found]


class _Loader(yaml.CSafeLoader):
    """Leaves a date that does not exist as it is written, for the models to refuse."""

    def construct_yaml_timestamp(self, node: yaml.ScalarNode) -> Any:
        try:
            return super().construct_yaml_timestamp(node)
        except ValueError:
            return node.value


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.construct_yaml_timestamp)


@dataclass
class Document:
    """A file that was read: its data without `shared` and `examples`, and the nodes that know where everything is.

    repeated: keys that a mapping has twice. problems: keys without content, and anchors that nobody uses.
    hollow: where keys without content are, and what they belong to: of these nothing else is reported.
    """

    name: str
    data: dict[str, Any]
    root: yaml.Node
    repeated: list[Problem] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    hollow: set[tuple[int, int]] = field(default_factory=set)
    examples: Any = None

    @classmethod
    def read(cls, text: str, name: str, what: str = "方案") -> "Document":
        """The document of a text. Raises `SchemeError` where it is no YAML, or no mapping."""
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
            document = cls(name, {}, root or yaml.ScalarNode("", ""))
            if isinstance(root, yaml.MappingNode):  # looked at before it is constructed: that puts merged keys into the nodes
                document.repeated = list(document._repeated(root))
                document.problems = [*document._unused(text), *document._empty(root)]
            data = loader.construct_document(root) if root is not None else None
        except yaml.MarkedYAMLError as wrong:
            begins = wrong.problem_mark
            line, column = (begins.line + 1, begins.column + 1) if begins else (1, 1)
            message = f"不是正确的 YAML：{_in_chinese(str(wrong.problem))}"
            hint = "请检查缩进（只用空格）、冒号后的空格、括号与引号是否成对"
            raise SchemeError([Problem(name, line, column, "", message, hint)]) from None
        except yaml.YAMLError as wrong:
            raise SchemeError([Problem(name, 1, 1, "", f"不是正确的 YAML：{wrong}")]) from None
        finally:
            loader.dispose()
        if not isinstance(data, dict) or not isinstance(root, yaml.MappingNode):
            raise SchemeError([Problem(name, 1, 1, "", f"{what}应由“键: 值”组成", "请参照 schemes 中的其他文件")])
        data.pop(SHARED, None)
        document.examples = data.pop(EXAMPLES, [])
        document.data = data
        return document

    def at(self, path: Sequence[Step]) -> tuple[int, int]:
        """Line and column of what is at this path, or of the nearest part around it that exists."""
        key, node = self._find(path)
        begins = (key or node).start_mark
        return begins.line + 1, begins.column + 1

    def has(self, path: Sequence[Step]) -> bool:
        """Whether the file says something at this path."""
        node: yaml.Node | None = self.root
        for step in path:
            _, node = _below(node, step)
            if node is None:
                return False
        return True

    def _find(self, path: Sequence[Step]) -> tuple[yaml.Node | None, yaml.Node]:
        key: yaml.Node | None = None
        node: yaml.Node = self.root
        for step in path:
            found_key, found = _below(node, step)
            if found is None:
                continue  # such as the tag of a union, or a key that is missing
            key, node = found_key, found
        return key, node

    def where(self, path: Sequence[Step]) -> str:
        """What officials call this path: 维度“思想品德” › 类别“志愿服务” › 最多字数（max_length）."""
        names: list[str] = []
        node: yaml.Node | None = self.root
        for number, step in enumerate(path):
            _, below = _below(node, step)
            if below is None and step != path[-1]:
                continue
            last = number == len(path) - 1
            if isinstance(step, int):
                kind = words.item(str(path[number - 1])) if number else None
                label = _label(below)
                name = f"{kind or ''}“{label}”" if label else f"{kind or ''}第{step + 1}项"
                if names and kind:
                    names.pop()
                names.append(name)
            else:
                chinese = words.name(step)
                names.append(f"{chinese}（{step}）" if last and chinese != step else chinese)
            node = below
        return " › ".join(names)

    def problem(self, path: Sequence[Step], message: str, correction: str, lines: Sequence[int] = ()) -> Problem:
        """A problem at this path; `lines`: all lines that have it."""
        line, column = self.at(path)
        also = tuple(sorted({other for other in lines if other != line}))
        return Problem(self.name, line, column, self.where(path), message, correction, also)

    def _repeated(self, node: yaml.Node, path: tuple[Step, ...] = ()) -> Iterator[Problem]:
        """Keys that a mapping has twice, of which YAML silently keeps the last."""
        for inner, at in _walk(node, path):
            if isinstance(inner, yaml.MappingNode):
                seen: dict[str, yaml.Node] = {}
                for key, _ in inner.value:
                    if key.value in seen and key.tag != MERGE:
                        begins = key.start_mark
                        first = seen[key.value].start_mark.line + 1
                        where = self.where((*at, key.value))
                        message, hint = f"“{key.value}”写了两次（第{first}行已有）", "请只留一处"
                        yield Problem(self.name, begins.line + 1, begins.column + 1, where, message, hint)
                    seen.setdefault(key.value, key)

    def _unused(self, text: str) -> Iterator[Problem]:
        """Anchors that no alias refers to."""
        used, defined = set[str](), dict[str, Any]()
        for event in yaml.parse(text, _Loader):
            if isinstance(event, yaml.AliasEvent):
                used.add(str(event.anchor))
            elif isinstance(event, yaml.NodeEvent) and event.anchor is not None:
                defined[event.anchor] = event.start_mark
        for name, begins in defined.items():
            if name not in used:
                message, hint = f"共用段“&{name}”没有被任何地方引用", f"请用 *{name} 引用它，或删去"
                yield Problem(self.name, begins.line + 1, begins.column + 1, "", message, hint)

    def _empty(self, root: yaml.Node) -> Iterator[Problem]:
        """Keys without content, and texts without a letter."""
        for node, at in _walk(root, ()):
            if isinstance(node, yaml.ScalarNode) and not node.value.strip() and at:
                message = "文字是空的" if node.style in {"'", '"', "|", ">"} else "写了键，却没有内容"
                parts = [part for path in (at, at[:-1]) for part in self._find(path) if part is not None]
                self.hollow |= {(part.start_mark.line + 1, part.start_mark.column + 1) for part in parts}
                yield self.problem(at, message, "请填写内容，或删去这一项")


def _walk(node: yaml.Node, path: tuple[Step, ...]) -> Iterator[tuple[yaml.Node, tuple[Step, ...]]]:
    """Every node once, with the first path that leads to it."""
    seen, todo = set[int](), [(node, path)]
    while todo:
        node, path = todo.pop(0)
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node, path
        if isinstance(node, yaml.MappingNode):
            todo += [(value, (*path, key.value)) for key, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            todo += [(value, (*path, number)) for number, value in enumerate(node.value)]


def _below(node: yaml.Node | None, step: Step) -> tuple[yaml.Node | None, yaml.Node | None]:
    """The key (of a mapping) and the node of a step, also where a merge (`<<`) brings it."""
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return None, node.value[step]
    if isinstance(node, yaml.MappingNode):
        for key, value in reversed(node.value):
            if key.value == str(step) and key.tag != MERGE:
                return key, value
        for key, value in node.value:
            if key.tag == MERGE:
                for merged in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                    found = _below(merged, step)
                    if found[1] is not None:
                        return found
    return None, None


def _label(node: yaml.Node | None) -> str | None:
    for name in _NAMED_BY:
        _, found = _below(node, name)
        if isinstance(found, yaml.ScalarNode) and found.value.strip():
            return str(found.value)
    return str(node.value) if isinstance(node, yaml.ScalarNode) else None


_IN_CHINESE = (
    ("found undefined alias", "引用了没有定义的共用段"),
    ("found duplicate anchor", "同一个共用段名称定义了两次"),
    ("mapping values are not allowed", "这里不能再有冒号"),
    ("found character '\\t'", "含有制表符，缩进只能用空格"),
    ("could not find expected ':'", "缺少冒号"),
    ("did not find expected ',' or", "缺少逗号或括号"),
    ("did not find expected key", "缩进不对，或引号、括号没有成对"),
    ("did not find expected '-'", "列表项的缩进不一致"),
    ("found unexpected end of stream", "引号没有成对"),
    ("did not find expected node content", "这里缺少内容，或有多余的符号"),
    ("found unknown escape", "双引号里不能直接写反斜杠，请改用单引号"),
)


def _in_chinese(problem: str) -> str:
    return next((f"{chinese}（{problem}）" for english, chinese in _IN_CHINESE if english in problem), problem)
