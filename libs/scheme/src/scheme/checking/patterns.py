"""Regular expressions whose matching may take for ever: a loop that reads one text in several ways. Pure.

Servers (`re`) and browsers match patterns by trying. That takes exponential time in the length of the text if and only if
the automaton of the pattern has a state from which one text leads back to it on two ways (exponential ambiguity). The
automaton here is Glushkov's: a state for each character of the pattern, so that it has no silent moves, and a pattern of a
scheme has some tens of states. A pattern that looks around or back is refused: no automaton says how long it takes.

An engine without trying (RE2) on the servers would not be enough: browsers match the same patterns in forms.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any

_MANY = 6
"""As many copies stand for a loop of a limited number of turns, which is nearly as bad as one without limit."""
_MOST_STATES = 400
_SAMPLES = frozenset(map(ord, "09azAZ_ -.,:/\n\t中文！“＊é"))


class UnboundedError(ValueError):
    """Why a pattern may take for ever, in Chinese."""


def problem(pattern: str) -> str | None:
    """Why a pattern may take for ever, in Chinese; None: it does not, or it is no pattern at all."""
    try:
        tree = re._parser.parse(pattern)  # type: ignore[attr-defined]  # the only reader of patterns there is
    except (re.error, OverflowError):
        return None
    automaton = _Automaton()
    try:
        automaton.sequence(tree)
        automaton.samples |= _SAMPLES
        return "含有嵌套或重叠的重复，遇到某些内容会无限期地匹配下去" if automaton.is_ambiguous() else None
    except UnboundedError as wrong:
        return str(wrong)


@dataclass(frozen=True)
class _Part:
    """The states where a part of the pattern may begin and end, and whether it may be empty."""

    first: tuple[int, ...]
    last: tuple[int, ...]
    empty: bool


_NOTHING = _Part((), (), True)


@dataclass
class _Automaton:
    """States with the characters that they read, and how often each leads to another."""

    characters: list[tuple[str, Any]] = field(default_factory=list)
    moves: Counter[tuple[int, int]] = field(default_factory=Counter)
    samples: set[int] = field(default_factory=set)

    def sequence(self, items: Iterable[Any]) -> _Part:
        """One item after the other."""
        whole = _NOTHING
        for operator, argument in items:
            part = self._item(str(operator), argument)
            self._join(whole.last, part.first)
            whole = _Part(
                (*whole.first, *part.first) if whole.empty else whole.first,
                (*part.last, *whole.last) if part.empty else part.last,
                whole.empty and part.empty,
            )
        return whole

    def _join(self, ends: Iterable[int], begins: Iterable[int]) -> None:
        self.moves.update(product(ends, begins))

    def _item(self, operator: str, argument: Any) -> _Part:
        match operator:
            case "LITERAL" | "NOT_LITERAL" | "ANY" | "IN" | "RANGE" | "CATEGORY":
                return self._state(operator, argument)
            case "SUBPATTERN":
                return self.sequence(argument[3])
            case "ATOMIC_GROUP":
                return self.sequence(argument)
            case "BRANCH":
                parts = [self.sequence(branch) for branch in argument[1]]
                if sum(one.empty for one in parts) > 1:
                    raise UnboundedError("含有两个都可以为空的选择，可能无限期地匹配下去")
                first, last = [one.first for one in parts], [one.last for one in parts]
                return _Part(sum(first, ()), sum(last, ()), any(one.empty for one in parts))
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                return self._repeat(*argument)
            case "AT":
                return _NOTHING
        raise UnboundedError("含有前后查看或反向引用，无法判断匹配要多久")

    def _state(self, operator: str, argument: Any) -> _Part:
        if len(self.characters) >= _MOST_STATES:
            raise UnboundedError("太长，无法判断匹配要多久")
        self.characters.append((operator, argument))
        self.samples.update(_edges(operator, argument))
        number = len(self.characters) - 1
        return _Part((number,), (number,), False)

    def _repeat(self, least: int, most: int, items: Any) -> _Part:
        loops, times = int(most) > _MANY, max(1, min(int(least), _MANY) if int(most) > _MANY else int(most))
        whole = _NOTHING
        for turn in range(times if int(most) else 0):
            part = self.sequence(items)
            empty = part.empty or turn >= int(least)
            if loops and turn == times - 1:
                self._join(part.last, part.first)
            self._join(whole.last, part.first)
            whole = _Part(
                (*whole.first, *part.first) if whole.empty else whole.first,
                (*part.last, *whole.last) if empty else part.last,
                whole.empty and empty,
            )
        return whole

    def is_ambiguous(self) -> bool:
        """Whether some text leads from a state back to it on two ways."""
        reads = [frozenset(one for one in self.samples if _reads(*state, one)) for state in self.characters]
        after: dict[int, list[int]] = defaultdict(list)
        for begin, end in self.moves:
            after[begin].append(end)
        if any(times > 1 and self._reaches(after, end, begin) for (begin, end), times in self.moves.items()):
            return True
        pairs: dict[tuple[int, int], list[tuple[int, int]]] = {}
        todo = [(state, state) for state in range(len(reads))]
        while todo:
            pair = todo.pop()
            if pair in pairs:
                continue
            pairs[pair] = [(a, b) for a in after[pair[0]] for b in after[pair[1]] if reads[a] & reads[b]]
            todo += pairs[pair]
        return any(len({a == b for a, b in component}) == 2 for component in _components(pairs))

    @staticmethod
    def _reaches(after: dict[int, list[int]], begin: int, end: int) -> bool:
        seen, todo = set[int](), [begin]
        while todo:
            state = todo.pop()
            if state == end:
                return True
            if state not in seen:
                seen.add(state)
                todo += after[state]
        return False


def _components(graph: dict[tuple[int, int], list[tuple[int, int]]]) -> Iterator[set[tuple[int, int]]]:
    """The strongly connected components of a graph (Kosaraju), without recursion."""
    order: list[tuple[int, int]] = []
    seen = set[tuple[int, int]]()
    for start in graph:
        stack = [(start, iter(graph[start]))] if start not in seen else []
        seen.add(start)
        while stack:
            node, following = stack[-1]
            for other in following:
                if other not in seen:
                    seen.add(other)
                    stack.append((other, iter(graph[other])))
                    break
            else:
                order.append(node)
                stack.pop()
    back: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for node, others in graph.items():
        for other in others:
            back[other].append(node)
    seen.clear()
    for start in reversed(order):
        component, todo = set[tuple[int, int]](), [start]
        while todo:
            node = todo.pop()
            if node not in seen:
                seen.add(node)
                component.add(node)
                todo += back[node]
        if component:
            yield component


def _edges(operator: str, argument: Any) -> Iterator[int]:
    """Characters at the edges of what a state reads, and beside them: two states share a character if they share such a one."""
    match operator:
        case "LITERAL" | "NOT_LITERAL":
            yield from (max(0, argument - 1), argument, argument + 1)
        case "RANGE":
            yield from (max(0, argument[0] - 1), *argument, argument[1] + 1)
        case "IN":
            for inner, value in argument:
                yield from _edges(str(inner), value)


_CATEGORIES = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w"}


def _reads(operator: str, argument: Any, character: int) -> bool:
    match operator:
        case "LITERAL":
            return bool(character == argument)
        case "NOT_LITERAL":
            return bool(character != argument)
        case "ANY":
            return character != 10
        case "RANGE":
            return bool(argument[0] <= character <= argument[1])
        case "CATEGORY":
            name = str(argument).removeprefix("CATEGORY_")
            found = re.fullmatch(_CATEGORIES[name.removeprefix("NOT_")], chr(character)) is not None
            return found is not name.startswith("NOT_")
    inner = [(str(one), value) for one, value in argument if str(one) != "NEGATE"]
    negated = len(inner) < len(argument)
    return any(_reads(one, value, character) for one, value in inner) is not negated
