"""What a household tells another pair some days later: nearly the same, as people remember.

Sums are remembered otherwise, a kind of help is forgotten, "very satisfied" becomes "satisfied".
Nothing changes what the rules find: income stays in sum and only comes from elsewhere, and no
answer crosses a line of the standard.
"""

from collections.abc import Mapping
from typing import Any

from inspect_app.demo.chance import Dice

FORGOTTEN = ("gifts", "medical_oop", "debt", "shock_spending")
"""Sums that are told lower from time to time, as spending is forgotten."""
SOURCES = (("wage_local", "wage_away"), ("crop_gross", "livestock_gross"))
"""Incomes that are taken one for the other."""
MISTAKEN, MOVED = 0.55, 0.3
"""Share of sums remembered otherwise, and how much of one source at most goes to another."""
CONTENT: Mapping[str, tuple[float, str]] = {
    "very_satisfied": (0.22, "satisfied"),
    "satisfied": (0.38, "very_satisfied"),
    "neutral": (0.4, "satisfied"),
}
WORDS: Mapping[str, Mapping[str, tuple[float, str]]] = {
    "sat_policy": CONTENT,
    "sat_measures": CONTENT,
    "sat_exit": CONTENT,
    "sat_cadres": CONTENT,
    "protein": {"any_time": (0.06, "weekly"), "weekly": (0.5, "any_time")},
    "clothing_source": {"own": (0.05, "mixed"), "mixed": (0.5, "own")},
    "water_clean": {"tested_ok": (0.25, "clear"), "clear": (0.3, "tested_ok")},
    "house_grade": {"A": (0.1, "B"), "B": (0.1, "A")},
    "grade_basis": {
        "certificate": (0.2, "plate"),
        "plate": (0.2, "list"),
        "list": (0.25, "certificate"),
    },
    "income_outlook": {"same": (0.15, "more"), "more": (0.4, "same")},
    "chronic_doctor": {"yes": (0.1, "no"), "no": (0.4, "yes")},
    "obs_house": {"sound": (0.08, "minor"), "minor": (0.5, "sound")},
}
"""Answers with the chance that another is given, and which; each of both passes the rules."""
KINDS: Mapping[str, tuple[float, frozenset[str]]] = {
    "help": (0.4, frozenset({"industry", "dividend", "loan", "training", "education", "health"})),
    "obs_stock": (0.35, frozenset({"meat_eggs", "fridge", "livestock"})),
    "income_evidence": (0.3, frozenset({"bank", "payslip", "sales"})),
}
"""Lists of which one entry is left out now and then, and which entries that may be."""


def retold(answers: Mapping[str, Any], dice: Dice) -> dict[str, Any]:
    """Return the answers of an interview as another pair hears them."""
    told = dict(answers)
    for name in FORGOTTEN:
        if _is_sum(told.get(name)) and dice.chance(MISTAKEN):
            told[name] = _rounded(told[name] * dice.uniform(0.6, 1.0))
    for one, other in SOURCES:
        if _is_sum(told.get(one)) and _is_sum(told.get(other)) and dice.chance(MISTAKEN):
            moved = int(told[one] * dice.uniform(0.05, MOVED))
            told[one], told[other] = told[one] - moved, told[other] + moved
    if _is_sum(told.get("cadre_visits")):
        told["cadre_visits"] = max(1, int(told["cadre_visits"] * dice.uniform(0.7, 1.3)))
    for name, turns in WORDS.items():
        share, other = turns.get(str(told.get(name)), (0.0, ""))
        if dice.chance(share):
            told[name] = other
    for name, (share, kinds) in KINDS.items():
        forgettable = [kind for kind in told.get(name, ()) if kind in kinds]
        if len(told.get(name, ())) > 1 and forgettable and dice.chance(share):
            left_out = dice.one_of(forgettable)
            told[name] = [kind for kind in told[name] if kind != left_out]
    return told


def _is_sum(told: Any) -> bool:
    return isinstance(told, int) and told > 0


def _rounded(sum_of: float) -> int:
    """People tell round numbers."""
    return max(10, round(sum_of / 10) * 10)
