"""What the contested settings of a rule book would give under their other reading."""

from __future__ import annotations

from report_templates import figures, wording
from report_templates.phrases import label
from report_templates.record_wording import told
from report_templates.sections import BOLD_CELL, Section, caption_of, table_section
from report_templates.styles import CELL, CONTENT, TONES
from report_templates.tables import Cell, Column, Table
from report_templates.verdict_record import Variant
from report_templates.verdict_sheet import Indicator, VerdictSheet
from report_templates.wording import Bilingual, words

_ROW = 22.0


def readings_sections(sheet: VerdictSheet) -> list[Section]:
    """Return the figures under other readings, whether or not they change a finding.

    First with those under the reading chosen beside them, then, where there are several, without:
    the more that a page can hold the better. Nothing where no other reading was tried.
    """
    tried = [(one, variant) for one in sheet.indicators for variant in one.variants]
    paired = [row for one, variant in tried for row in _pair(one, variant, sheet)]
    alone = [
        _other(one, variant, words(wording.INDICATORS, "indicator", one.code))
        for one, variant in tried
    ]
    ways = [(paired, range(2, len(paired), 2)), (alone, range(0))]
    return [_section(sheet, rows, ruled) for rows, ruled in ways[: min(len(tried), 2)]]


def _section(sheet: VerdictSheet, rows: list[list[Cell]], ruled: range) -> Section:
    tried = [variant for one in sheet.indicators for variant in one.variants]
    changed = sum(variant.changes for variant in tried)
    code = "readings.heading" if changed else "readings.heading.none"
    columns = [
        Column(label("column.indicator"), "left"),
        Column(told("readings.reading"), "left"),
        Column(label("column.estimate")),
        Column(label("column.interval", level=sheet.level)),
        Column(label("column.finding"), "left"),
    ]
    table = Table(
        columns,
        rows,
        width=CONTENT,
        ruled_before=ruled,
        caption=caption_of(told("readings.caption")),
    )
    return table_section(told(code, count=changed), table, row=_ROW)


def _pair(indicator: Indicator, variant: Variant, sheet: VerdictSheet) -> list[list[Cell]]:
    """Return what was found by the reading chosen, and below it what the other one gives."""
    estimate, rule = indicator.estimate, indicator.rule
    decides = estimate.value
    if indicator.decided_by != "estimate":
        decides = indicator.sample_ratio.rate
    now = (
        figures.rounded(decides, rule),
        figures.lower(estimate.low, rule),
        figures.upper(estimate.high, rule),
    )
    name = words(wording.INDICATORS, "indicator", indicator.code)
    chosen = variant.chosen or sheet.settings.get(variant.setting, "")
    return [
        _row(name, variant.setting, chosen, now, indicator.finding or "reference"),
        _other(indicator, variant, told("readings.otherwise")),
    ]


def _other(indicator: Indicator, variant: Variant, name: Bilingual) -> list[Cell]:
    printed = (
        figures.rounded(variant.value, _rule_under(indicator.rule, variant)),
        figures.lower(variant.interval.low),
        figures.upper(variant.interval.high),
    )
    return _row(name, variant.setting, variant.reading, printed, variant.finding)


def _row(
    name: Bilingual,
    setting: str,
    reading: object,
    printed: tuple[figures.Printed, figures.Printed, figures.Printed],
    finding: str,
) -> list[Cell]:
    taken = choice(setting, reading)
    of = wording.SETTINGS.get(setting, Bilingual(setting, setting))
    value, low, high = printed
    return [
        Cell(*name),
        Cell(f"{of.zh}：{taken.zh}", f"{of.en}: {taken.en}"),
        Cell(str(value), style=BOLD_CELL),
        Cell(f"{low.figure}–{high.figure}"),
        Cell(*words(wording.FINDINGS, "finding", finding), tone=TONES[finding], style=CELL),
    ]


def _rule_under(rule: figures.Rule, variant: Variant) -> figures.Rule | None:
    """Return the rule that a figure is printed by, where the reading leaves it as it is."""
    changes_rule = variant.setting.endswith("_threshold") or variant.setting.startswith("strict")
    return None if changes_rule else rule


def choice(setting: str, reading: object) -> Bilingual:
    """Return a reading of a setting in few words, its code where none are agreed."""
    spelled = str(reading)
    if spelled in ("True", "False"):
        spelled = spelled.lower()
    if setting.endswith("_threshold"):
        spelled = figures.plain(float(spelled))
    return wording.CHOICES.get(f"{setting}.{spelled}", Bilingual(spelled, spelled))
