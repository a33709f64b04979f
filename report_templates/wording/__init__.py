"""Every word a verdict report prints, Chinese and English side by side, keyed by code.

Figures come in as arguments and are formatted in `phrases.py`; nothing here is written freely
for one county. Pages 3 and 4 and the annexes have their labels in `record_wording.py`.
"""

from report_templates.wording.bilingual import Bilingual, UnknownWording, words
from report_templates.wording.indicators import (
    DECIDED_BY,
    FINDINGS,
    FURTHER_CASES,
    INDICATORS,
    INDICATORS_IN_TEXT,
    INDICATORS_SHORT,
    OUTCOMES,
    REACHING,
    STANDINGS,
    UNITS,
)
from report_templates.wording.kinds import (
    CASE_KINDS,
    EDITIONS,
    HOUSEHOLD_CLASSES,
    REGION_GROUPS,
    ROUND_KINDS,
    STRATA,
)
from report_templates.wording.labels import LABELS, SIMULATED
from report_templates.wording.opinions import ANSWERS, QUESTIONS
from report_templates.wording.records import PARTS, REASONS, WITHHELD
from report_templates.wording.sentences import EACH, SENTENCES
from report_templates.wording.settings import CHOICES, READINGS, SETTINGS

__all__ = [
    "ANSWERS",
    "CASE_KINDS",
    "CHOICES",
    "DECIDED_BY",
    "EACH",
    "EDITIONS",
    "FINDINGS",
    "FURTHER_CASES",
    "HOUSEHOLD_CLASSES",
    "INDICATORS",
    "INDICATORS_IN_TEXT",
    "INDICATORS_SHORT",
    "LABELS",
    "OUTCOMES",
    "PARTS",
    "QUESTIONS",
    "REACHING",
    "READINGS",
    "REASONS",
    "REGION_GROUPS",
    "ROUND_KINDS",
    "SENTENCES",
    "SETTINGS",
    "SIMULATED",
    "STANDINGS",
    "STRATA",
    "UNITS",
    "WITHHELD",
    "Bilingual",
    "UnknownWording",
    "words",
]
