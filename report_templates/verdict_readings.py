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


def readings_section(sheet: VerdictSheet) -> Section | None:
    """Return the figures under other readings, whether or not they change a finding."""
    tried = [(one, variant) for one in sheet.indicators for variant in one.variants]
    if not tried:
        return None
    changed = sum(variant.changes for _, variant in tried)
    code = "readings.heading" if changed else "readings.heading.none"
    columns = [
        Column(label("column.indicator"), "left"),
        Column(told("readings.reading"), "left"),
        Column(label("column.estimate")),
        Column(label("column.interval", level=sheet.level)),
        Column(label("column.finding"), "left"),
    ]
    rows = [row for one, variant in tried for row in _pair(one, variant, sheet)]
    table = Table(
        columns,
        rows,
        width=CONTENT,
        ruled_before=range(2, len(rows), 2),
        caption=caption_of(told("readings.caption")),
    )
    return table_section(told(code, count=changed), table, row=_ROW)


def _pair(indicator: Indicator, variant: Variant, sheet: VerdictSheet) -> list[list[Cell]]:
    """Return what was found by the reading chosen, and below it what the other one gives."""
    setting, estimate, rule = variant.setting, indicator.estimate, indicator.rule
    chosen = variant.chosen or sheet.settings.get(setting, "")
    decides = estimate.value
    if indicator.decided_by != "estimate":
        decides = indicator.sample_ratio.rate
    now = figures.rounded(decides, rule), figures.lower(estimate.low, rule)
    then_rule = _rule_under(rule, variant)
    then = figures.rounded(variant.value, then_rule), figures.lower(variant.interval.low)
    return [
        _row(
            words(wording.INDICATORS, "indicator", indicator.code),
            setting,
            chosen,
            (*now, figures.upper(estimate.high, rule)),
            indicator.finding or "reference",
        ),
        _row(
            told("readings.otherwise"),
            setting,
            variant.reading,
            (*then, figures.upper(variant.interval.high)),
            variant.finding,
        ),
    ]


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
