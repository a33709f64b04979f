"""Write `permissions.md` from the table of rights: `python docs/make_permissions.py`.

With `--check` nothing is written; a table that is not current ends with 1.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from inspect_app.rules.permissions import ACTIONS, Scope
from inspect_app.rules.roles import Role

PAGE = Path(__file__).with_name("permissions.md")

TITLES = {
    Role.COMMISSIONER: "委托方 commissioner",
    Role.PLANNER: "计划员 planner",
    Role.REVIEWER: "复核员 reviewer",
    Role.EXPERT: "专家 expert",
    Role.TEAM_LEADER: "组长 team leader",
    Role.ENUMERATOR: "调查员 enumerator (phone)",
    Role.COUNTY_OFFICIAL: "县级联系人 county official",
}
SIGNS = {Scope.ALL: "✓", Scope.OWN: "own", None: "–"}


def as_markdown() -> Iterator[str]:
    """Write the table for readers, line by line."""
    yield "# 权限表 Permissions"
    yield ""
    yield (
        "由 `inspect_app/rules/permissions.py` 生成，测试逐条核对每个路由与每种角色。"
        "✓ 所在活动全部；own 仅本县、本组、本机、本人或已告知的案件；– 不可。"
        "他人的活动、县、组一律按“不存在”回答（404）。"
    )
    yield ""
    yield (
        "Written from `inspect_app/rules/permissions.py`; a test holds every route to it for every "
        "role. ✓ may, in the whole campaign; own = the own county, team, phone, account or told "
        "cases only; – may not. What belongs to another campaign, county or team answers 404 like "
        "something that does not exist. One person has one role in a campaign; whoever opened a "
        "case does not rule on it."
    )
    yield ""
    heads = ("操作 action", *TITLES.values(), "公众 public")
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for action in ACTIONS:
        signs = [SIGNS[Scope.ALL if action.public else action.scope(role)] for role in TITLES]
        public = SIGNS[Scope.ALL if action.public else None]
        name = f"`{action.name}` {action.zh} · {action.en}"
        yield f"| {' | '.join((name, *signs, public))} |"
    yield ""
    yield "## 各操作的接口 Endpoints of each action"
    yield ""
    yield "| action | endpoints |"
    yield "|---|---|"
    for action in ACTIONS:
        names = " ".join(f"`{name}`" for name in action.operations)
        yield f"| `{action.name}` | {names} |"


def main() -> int:
    """Write the page, or compare it."""
    text = "\n".join(as_markdown()) + "\n"
    if "--check" not in sys.argv:
        PAGE.write_text(text, encoding="utf-8")
        return 0
    return int(not PAGE.exists() or PAGE.read_text("utf-8") != text)


if __name__ == "__main__":
    sys.exit(main())
