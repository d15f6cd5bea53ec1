"""Whether the route of cases has an end for everybody: stages that are unreachable or lead nowhere. Pure."""

from collections.abc import Iterator

from scheme.base import ContentError, Step
from scheme.cases import Route
from scheme.words import nearest


def gaps(route: Route) -> Iterator[ContentError]:
    """Gaps of a route: stages that are unreachable or lead to no end, deadlines without their action, missing outcomes.

    Paths begin with a key of the route."""
    yield from _entries(route)
    yield from _stages(route)
    yield from _walk(route)


def _entries(route: Route) -> Iterator[ContentError]:
    types, stages = {case.id for case in route.types}, {stage.id for stage in route.stages}
    for number, case in enumerate(route.types):
        if not any(entry.type == case.id for entry in route.entries):
            yield ContentError(
                f"cases: no entry for case type {case.id!r}",
                f"案件“{case.title}”没有入口，提出后无人处理",
                f"请在 entries 中加上 {{type: {case.id}, stage: 第一个环节}}",
                *("types", number),
                about=[case.id],
            )
    for number, entry in enumerate(route.entries):
        if entry.stage not in stages:
            yield ContentError(
                f"cases: {entry.type!r} starts at {entry.stage!r}, which is no stage",
                f"没有“{entry.stage}”这个环节",
                nearest(entry.stage, stages),
                *("entries", number, "stage"),
                about=[entry.type, entry.stage, *stages],
                root=True,
            )
        if entry.type not in types:
            yield ContentError(
                f"cases: an entry is of type {entry.type!r}, which is no case type",
                f"没有“{entry.type}”这个案件类型",
                nearest(entry.type, types),
                *("entries", number, "type"),
                about=[entry.type, *types],
                root=True,
            )


def _stages(route: Route) -> Iterator[ContentError]:
    stages = {stage.id for stage in route.stages}
    for number, stage in enumerate(route.stages):
        path: tuple[Step, ...] = ("stages", number)
        for index, action in enumerate(stage.actions):
            if action.leads_to is not None and action.leads_to not in stages:
                yield ContentError(
                    f"stage {stage.id!r}, action {action.id!r}: leads to {action.leads_to!r}, which is no stage",
                    f"没有“{action.leads_to}”这个环节",
                    nearest(action.leads_to, stages),
                    *(*path, "actions", index, "leads_to"),
                    about=[stage.id, action.leads_to, *stages],
                    root=True,
                )
        timed = stage.deadline.action if stage.deadline else None
        if stage.deadline and stage.deadline.by_window and stage.operation is None:
            yield ContentError(
                f"stage {stage.id!r}: its deadline is the end of a window, but it has no operation",
                "期限是开放时间结束，本环节却没有写所用操作",
                "请补上 operation，或在 deadline 中写 after",
                *(*path, "deadline"),
                about=[stage.id],
            )
        if timed is not None and timed not in {action.id for action in stage.actions}:
            yield ContentError(
                f"stage {stage.id!r}: its deadline takes an unknown action {timed!r}",
                f"本环节没有“{timed}”这个动作",
                f"可以写：{'、'.join(action.id for action in stage.actions)}",
                *(*path, "deadline", "action"),
                about=[stage.id, timed],
            )
        for index, action in enumerate(stage.actions):
            if action.by_clock and action.id != timed:
                yield ContentError(
                    f"stage {stage.id!r}, action {action.id!r}: is by_clock, but the deadline does not take it",
                    "动作由系统按时触发，期限却不采取它",
                    f"请在 deadline 中写 action: {action.id}，或删去 by_clock",
                    *(*path, "actions", index, "by_clock"),
                    about=[stage.id, *([timed] if timed else [])],
                )
        if not stage.choices():
            yield ContentError(
                f"stage {stage.id!r}: there is no action for people",
                "本环节没有可供人采取的动作",
                "请增加一个不写 by_clock 的动作",
                *(*path, "actions"),
                about=[stage.id],
            )
        if route.malicious is None and any(action.malicious for action in stage.actions):
            yield ContentError(
                f"stage {stage.id!r}: complaints may be malicious, but `cases.malicious` does not say what follows",
                "可以认定恶意举报，却没有写认定几次之后如何处理",
                "请在 cases 中补上 malicious，如 {limit: 2, lifted_by: [school_administrator]}",
                *(*path, "actions"),
                about=[stage.id],
            )
        name, at, _ = stage.actor.partition("@")
        if at and name not in route.level_roles:
            yield ContentError(
                f"stage {stage.id!r}: {name!r} is missing in level_roles",
                f"各层级角色中没有“{name}”",
                f"请在 level_roles 中补上 {name}",
                *(*path, "actor"),
                about=[stage.id, name],
            )


def _walk(route: Route) -> Iterator[ContentError]:
    """Follow all actions from every entry, with and without a proposal."""
    numbers = {stage.id: number for number, stage in enumerate(route.stages)}
    todo = [(entry.stage, False) for entry in route.entries if entry.stage in numbers]
    seen = set(todo)
    while todo:
        name, proposed = todo.pop()
        for index, action in enumerate(route.stage(name).actions):
            proposal = proposed or action.proposes is not None
            if action.outcome == "proposed" and not proposal:
                yield ContentError(
                    f"stage {name!r}, action {action.id!r}: accepts a proposal, but perhaps there is none",
                    "结果是“按提议”，走到这里时却可能没有人提议过",
                    "请在前面的动作中写 proposes，或写明确的 outcome",
                    *("stages", numbers[name], "actions", index, "outcome"),
                    about=[name],
                )
            if action.leads_to in numbers and (action.leads_to, proposal) not in seen:
                seen.add((action.leads_to, proposal))
                todo.append((action.leads_to, proposal))
    reached = {name for name, _ in seen}
    for stage in route.stages:
        if stage.id not in reached:
            yield ContentError(
                f"stage {stage.id!r}: unreachable",
                f"没有任何入口或动作通向环节“{stage.title}”",
                f"请在 entries 或某个动作的 leads_to 中写 {stage.id}，或删去这个环节",
                *("stages", numbers[stage.id]),
                about=[stage.id],
            )
    ends = {stage.id for stage, action in route.moves() if action.outcome is not None}
    while True:
        more = {stage.id for stage, action in route.moves() if action.leads_to in ends} - ends
        if not more:
            break
        ends |= more
    for stage in route.stages:
        if stage.id not in ends:
            yield ContentError(
                f"stage {stage.id!r}: leads to no end",
                f"从环节“{stage.title}”走不到结束",
                "请至少让一个动作写 outcome",
                *("stages", numbers[stage.id], "actions"),
                about=[stage.id],
            )
