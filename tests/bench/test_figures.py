"""Goals have a direction, rounds are paired, and missed goals are reported like met ones."""

import json
from pathlib import Path

from bench.figures import Figure, as_json, ratio, write_markdown
from bench.rounds import paired, percentile

FAST = Figure("a", "submit", 0.7, goal=0.6, low=0.5, high=0.9, rounds=3, made_of={"ours/s": 70.0, "bare/s": 100.0})
SLOW = Figure("c", "approval", 25.0, "ms", 20.0, "at most")


def test_a_goal_says_whether_more_or_less_is_wanted() -> None:
    assert (FAST.met, FAST.wanted, FAST.verdict) == (True, "≥ 0.6", "met")
    assert (SLOW.met, SLOW.wanted, SLOW.verdict) == (False, "≤ 20.0 ms", "missed")
    assert Figure("f", "PDF renderer", 1.0).met is None


def test_figures_are_told_whatever_they_are(tmp_path: Path) -> None:
    figures = json.loads(as_json([FAST, SLOW]))["figures"]
    assert [(figure["benchmark"], figure["met"]) for figure in figures] == [("a", True), ("c", False)]
    write_markdown([FAST, SLOW], "make bench", tmp_path / "figures.md")
    text = (tmp_path / "figures.md").read_text(encoding="utf-8")
    assert "| a | submit | 0.7 | ≥ 0.6 | met | 0.5 to 0.9 in 3 | ours/s 70.0, bare/s 100 |" in text
    assert "| c | approval | 25.0 ms | ≤ 20.0 ms | missed |" in text


async def test_rounds_go_in_turns_and_the_ratio_is_the_middle_of_the_rounds_own() -> None:
    order: list[str] = []

    async def ours() -> float:
        order.append("ours")
        return 1.0 if len(order) < 4 else 3.0

    async def baseline() -> float:
        order.append("bare")
        return 2.0

    found = ratio("x", "x", 1.0, [a / b for a, b in await paired(3, ours, baseline)], {})
    assert order == ["ours", "bare", "bare", "ours", "ours", "bare"]
    assert (found.value, found.low, found.high, found.rounds) == (1.5, 0.5, 1.5, 3)


def test_the_last_percentile_is_the_largest() -> None:
    assert percentile([3.0, 1.0, 2.0], 1.0) == 3.0
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
