"""What was published before the draw, held to what is revealed after fieldwork."""

import hashlib
import json
from typing import TYPE_CHECKING, Any

import polars as pl

from inspect_app.demo.client import Client
from inspect_app.demo.errors import DemoError
from inspect_app.demo.fieldwork import pages
from inspect_app.services.samples import sealed_sha256
from sampling import tickets
from sampling.household_draw import draw_registered, draw_roster
from sampling.sample import Sample

if TYPE_CHECKING:
    from inspect_app.demo.campaign import Narrator, Stage

FOLDER = "publication"
REVEALED = frozenset(
    {"secret", "public_value", "campaign_seed", "access_log_sha256", "is_revealed", "staff"}
)
"""Members that are told only after fieldwork."""


def hold_to_promise(
    stage: "Stage", stranger: Client, promised: dict[str, Any], narrator: "Narrator"
) -> list[dict[str, Any]]:
    """Recompute every published hash from what is revealed; return the villages as revealed.

    Raises
    ------
    DemoError : a member of the record that does not hold
    """
    path = f"/campaigns/{stage.campaign_id}/publication"
    revealed = stranger.get(path)
    villages = list(pages(stranger, f"{path}/villages?", "villages"))
    for name, record in (("promised", promised), ("revealed", revealed), ("villages", villages)):
        folder = stage.out / FOLDER
        folder.mkdir(exist_ok=True)
        text = json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True)
        (folder / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")
    for name, value in promised.items():
        is_later = name in REVEALED | {"sealed", "timeline", "counties"}
        if not is_later and revealed[name] != value:
            raise DemoError("record.changed", name=name)
    _require("secret", tickets.commitment(revealed["secret"]), promised["commitment"])
    rulebook = hashlib.sha256(revealed["rulebook"]["toml"].encode()).hexdigest()
    _require("rulebook", rulebook, promised["rulebook"]["sha256"])
    _require("plan", stage.plan.sha256, promised["plan"]["plan_sha256"])
    _require("frame", stage.frame.sha256, promised["frame"]["frame_sha256"])
    seed = tickets.campaign_seed(revealed["secret"], revealed["public_value"])
    _require("campaign_seed", seed, revealed["campaign_seed"])
    _require("sealed", sealed_sha256(pl.DataFrame(villages)), revealed["sealed"]["sha256"])
    narrator.tell(
        "公布的承诺、规则库、方案、种子与封存名单哈希逐项重算，与抽样前公布的一致",
        "commitment, rule book, plan, seed and the hash of the sealed list, recomputed one by one, "
        "are what was published before the draw",
    )
    return villages


def _require(name: str, found: str, expected: str) -> None:
    if found != expected:
        raise DemoError("record.changed", name=name)


def visited(
    stage: "Stage", sample: Sample, villages: list[dict[str, Any]], campaign_seed: str
) -> pl.DataFrame:
    """Households of the villages gone to: those drawn, and reserves in place of those given up."""
    gone_to = {one["village_code"] for one in villages if one["was_visited"]}
    stand_ins = {one["village_code"]: one for one in villages if one["replaces"] is not None}
    drawn = [sample.households.filter(pl.col("psu").is_in(sorted(gone_to)))]
    for code, one in sorted(stand_ins.items()):
        row = sample.villages.filter(pl.col("village_code") == code)
        register = stage.frame.households(one["county_adcode"])
        drawn.append(draw_registered(stage.plan, row, register, campaign_seed=campaign_seed))
        drawn.append(
            draw_roster(
                stage.plan,
                row.row(0, named=True),
                stage.register.roster(code),
                village_seed=one["village_seed"],
            )
        )
    return pl.concat(drawn)
