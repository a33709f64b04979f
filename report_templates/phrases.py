"""Sentences of a verdict: the words of `wording` with the figures of one sheet in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from report_templates import figures, wording
from report_templates.figures import Rule
from report_templates.verdict_sheet import Indicator, Sentence, VerdictSheet
from report_templates.wording import Bilingual, words

_ENGLISH_UNITS = {
    "households": ("household", "households"),
    "villages": ("village", "villages"),
    "townships": ("township", "townships"),
    "persons": ("person", "persons"),
    "days": ("day", "days"),
}
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


def label(code: str, **arguments: object) -> Bilingual:
    """Return a fixed label with its arguments, the same figures in both languages."""
    pair = words(wording.LABELS, "label", code)
    return Bilingual(pair.zh.format(**arguments), pair.en.format(**arguments))


def both(pair: Bilingual, zh: Mapping[str, object], en: Mapping[str, object]) -> Bilingual:
    """Fill a pair of templates, each language with its own words."""
    return Bilingual(pair.zh.format(**zh), pair.en.format(**en))


def joined(pairs: Sequence[Bilingual]) -> Bilingual:
    """Run sentences together, those of each language by themselves."""
    return Bilingual("".join(pair.zh for pair in pairs), " ".join(pair.en for pair in pairs))


def say(sentence: Sentence, sheet: VerdictSheet) -> Bilingual:
    """Return one sentence of the sheet in both languages.

    Raises
    ------
    UnknownWording : no words are agreed for the code or for one of its arguments
    """
    return together([sentence], sheet)


def together(sentences: Sequence[Sentence], sheet: VerdictSheet) -> Bilingual:
    """Say sentences of one code in one breath: what they share once, the rest for each of them.

    Raises
    ------
    UnknownWording : no words are agreed for the code or for one of its arguments
    """
    first = sentences[0]
    if first.code == "change.flip":
        return _flips(sentences, sheet)
    pair = words(wording.SENTENCES, "sentence", _variant(first, sheet))
    zh, en = _filling(first, sheet)
    if first.code in wording.EACH:
        zh["each"], en["each"] = _each(sentences, sheet)
    filled = both(pair, zh, en)
    return Bilingual(filled.zh, _capital(filled.en))


def standing(sheet: VerdictSheet) -> Bilingual:
    """Return the words that say how sure the verdict is."""
    code = f"{sheet.outcome}.{sheet.standing}"
    pair = words(wording.STANDINGS, "standing", code)
    return both(pair, {"established": sheet.established}, {"established": sheet.established})


def flips_lead() -> Bilingual:
    """Return what stands before the households that would change findings."""
    return words(wording.SENTENCES, "sentence", "change.flip")


def _flips(sentences: Sequence[Sentence], sheet: VerdictSheet) -> Bilingual:
    """Say how many further households would change which finding into what."""
    lead = flips_lead()
    zh, en = [], []
    for finding in dict.fromkeys(sentence.args["finding"] for sentence in sentences):
        becoming = words(wording.FINDINGS, "finding", finding)
        same = _each([s for s in sentences if s.args["finding"] == finding], sheet)
        zh.append(f"{same.zh}（{becoming.zh}）")
        en.append(f"{same.en} ({uncapital(becoming.en)})")
    return Bilingual(f"{lead.zh}{'；'.join(zh)}。", f"{lead.en} {'; '.join(en)}.")


def _each(sentences: Sequence[Sentence], sheet: VerdictSheet) -> Bilingual:
    """List what sentences of one code say of their indicators."""
    pair = words(wording.EACH, "list", sentences[0].code)
    said = []
    for sentence in sentences:
        zh, en = _filling(sentence, sheet)
        name = words(wording.INDICATORS, "indicator", sentence.args["indicator"])
        short = words(wording.INDICATORS_SHORT, "indicator", sentence.args["indicator"])
        zh["indicator"], en["indicator"] = name.zh, uncapital(name.en)
        if sentence.code == "change.flip":
            en["indicator"], en["households"] = uncapital(short.en), zh["households"]
        said.append(both(pair, zh, en))
    return Bilingual("、".join(one.zh for one in said), ", ".join(one.en for one in said))


def stratum_name(place: int, classes: int, last: int | None = None) -> Bilingual:
    """Name a class of remoteness, `place` running from 1 (near) to `classes`, or a run of them."""
    if last not in (None, place):
        arguments = {"place": place, "last": last}
        return both(wording.STRATA["run"], arguments, arguments)
    pair = wording.STRATA.get(f"{place}/{classes}", wording.STRATA["other"])
    arguments = {"place": place, "classes": classes}
    return both(pair, arguments, arguments)


def day(moment: date) -> Bilingual:
    """Write a date out."""
    return Bilingual(
        f"{moment.year} 年 {moment.month} 月 {moment.day} 日",
        f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}",
    )


def short_day(moment: date) -> str:
    """Write a date in English with a short month; `strftime` would follow the locale."""
    return f"{moment.day} {_MONTHS[moment.month - 1][:3]} {moment.year}"


def counted(number: int, noun: str) -> str:
    """Return an English count with its noun in the right number."""
    one, many = _ENGLISH_UNITS[noun]
    return f"{figures.count(number)} {one if number == 1 else many}"


def finding_words(indicator: Indicator) -> Bilingual:
    """Return the finding of a row, or the words of a row that is no criterion."""
    return words(wording.FINDINGS, "finding", indicator.finding or "reference")


def _variant(sentence: Sentence, sheet: VerdictSheet) -> str:
    if sentence.code == "sure.response" and sentence.args["alarm"]:
        return "sure.response#alarm"
    if sentence.code == "verdict.meets.open" and not sentence.args["established"]:
        return "verdict.meets.open#none"
    if sentence.code == "sure.undetermined" and sheet.turns_on_undetermined:
        return "sure.undetermined#turns"
    return sentence.code


def _filling(
    sentence: Sentence, sheet: VerdictSheet
) -> tuple[dict[str, object], dict[str, object]]:
    """Return the arguments of a sentence as each language prints them."""
    zh: dict[str, object] = {}
    en: dict[str, object] = {}
    for name, value in _with_derived(sentence, sheet).items():
        zh[name], en[name] = _argument(name, value, sentence, sheet)
    return zh, en


def _with_derived(sentence: Sentence, sheet: VerdictSheet) -> dict[str, Any]:
    """Add what follows from the arguments: direction of doubt, deciding figure, further cases."""
    arguments = dict(sentence.args)
    if sentence.code == "sure.open":
        arguments["reaching"] = _doubtful_end(sheet.indicator(arguments["indicator"]))
    if sentence.code == "note.sides_differ":
        arguments["decided_by"] = sheet.indicator(arguments["indicator"]).decided_by
    if sentence.code == "change.outcome":
        arguments["case"] = _further_case(arguments["indicator"], sheet)
    if sentence.code == "change.variant":
        arguments["reading"] = (arguments["setting"], arguments["reading"])
    return arguments


def _further_case(indicator: str, sheet: VerdictSheet) -> str:
    """Name what moves an indicator; incidence is made of other cases at a revisit."""
    of_round = f"{indicator}.{sheet.campaign.round_kind}"
    return of_round if of_round in wording.FURTHER_CASES else indicator


def _argument(
    name: str, value: Any, sentence: Sentence, sheet: VerdictSheet
) -> tuple[object, object]:
    if name in _RULED_RATES:
        return _same(figures.plain(value))
    if name == "chance":
        return _same(figures.chance(value))
    if name == "response_rate":
        return _same(figures.rounded(value, decimals=1))
    if sentence.place == "strata":
        first, last = value if isinstance(value, list) else (value, value)
        return stratum_name(first, sheet.strata[0].classes, last)
    if name in ("estimate", "ratio", "value"):
        return _same(figures.rounded(value, _rule(sentence, sheet)))
    if name == "bound":
        return _same(_bound(value, sheet.indicator(sentence.args["indicator"])))
    if name == "deff":
        return _same(f"{value:.2f}")
    if name == "n_eff":
        return _same(figures.count(int(value)))
    if name == "replacement_rate":
        alarm = Rule(sentence.args["alarm_rate"], strict=False, direction="below")
        return _same(figures.rounded(value, alarm, decimals=1))
    if name in _ENGLISH_UNITS:
        return figures.count(value), counted(value, name)
    if name == "established":
        return f" {value} ", value
    if name in _WORDS:
        return _WORDS[name](value)
    return value, value


def _same(text: object) -> tuple[object, object]:
    return text, text


# Rates that a rule or the plan states, printed with the decimals they have.
_RULED_RATES = ("confidence", "two_sided", "p1", "alarm_rate", "threshold")


def _doubtful_end(indicator: Indicator) -> str:
    """The end of the interval that lies towards or beyond the threshold."""
    passes = indicator.finding in ("met_open", "met_established", None)
    return "upper" if passes == (indicator.rule.direction == "below") else "lower"


def _bound(value: float, indicator: Indicator) -> figures.Printed:
    """Round the end of the interval that lies towards or beyond the threshold outward."""
    outward = figures.upper if _doubtful_end(indicator) == "upper" else figures.lower
    return outward(value, indicator.rule)


def _rule(sentence: Sentence, sheet: VerdictSheet) -> Rule:
    return sheet.indicator(sentence.args["indicator"]).rule


def _indicator_name(code: str) -> Bilingual:
    return words(wording.INDICATORS_IN_TEXT, "indicator", code)


def _indicator_names(codes: Sequence[str]) -> Bilingual:
    return _listed([_indicator_name(code) for code in codes])


def _settings(codes: Sequence[str]) -> Bilingual:
    return _listed([wording.SETTINGS.get(code, Bilingual(code, code)) for code in codes])


def _listed(pairs: Sequence[Bilingual]) -> Bilingual:
    english = [pair.en for pair in pairs]
    listed = ", ".join(english[:-1]) + " and " + english[-1] if len(english) > 1 else english[0]
    return Bilingual("、".join(pair.zh for pair in pairs), listed)


def _reading(setting_and_reading: tuple[str, object]) -> Bilingual:
    setting, reading = setting_and_reading
    spelled = str(reading)
    if spelled in ("True", "False"):
        spelled = spelled.lower()
    if setting.endswith("_threshold"):
        spelled = figures.plain(float(spelled))
    name = wording.SETTINGS.get(setting, Bilingual(setting, setting))
    other = Bilingual(f"{name.zh}取 {spelled}", f"{name.en} {spelled}")
    return wording.READINGS.get(f"{setting}.{spelled}", other)


def _finding(code: str) -> Bilingual:
    pair = words(wording.FINDINGS, "finding", code)
    return Bilingual(pair.zh, uncapital(pair.en))


_WORDS: Mapping[str, Callable[[Any], Bilingual]] = {
    "indicator": _indicator_name,
    "indicators": _indicator_names,
    "open": _indicator_names,
    "unmet": _indicator_names,
    "certain": _indicator_names,
    "settings": _settings,
    "reading": _reading,
    "reaching": lambda code: words(wording.REACHING, "end", code),
    "case": lambda code: words(wording.FURTHER_CASES, "further cases", code),
    "decided_by": lambda code: words(wording.DECIDED_BY, "deciding figure", code),
    "finding": _finding,
    "household_class": lambda code: words(wording.HOUSEHOLD_CLASSES, "household class", code),
    "date": lambda value: day(date.fromisoformat(value)),
}


def uncapital(text: str) -> str:
    """Return a text that begins with a small letter."""
    return text[:1].lower() + text[1:]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
