"""Publishing a questionnaire on an installation: checked, then on the shelf for good."""

import os
from dataclasses import dataclass
from pathlib import Path

from inspect_app.rules import questionnaires
from inspect_app.rules.dialect import MAX_COST, Expression
from inspect_app.rules.errors import QuestionnaireInvalid
from inspect_app.rules.questionnaires import FORM_ID, VERSION, Questionnaire
from inspect_app.services import xlsforms
from inspect_app.settings import Settings


@dataclass(frozen=True)
class Report:
    """What checking a questionnaire found: how large it is and what its rules cost.

    cost : steps of the dearest rule, of at most `most`; dearest : where it stands
    """

    form: Questionnaire
    data: bytes
    blocks: int
    fields: int
    rules: int
    cost: int
    most: int
    dearest: str


def check(source: Path) -> Report:
    """Check a questionnaire in JSON or an XLSForm: references, types, cycles, choices, cost.

    Raises
    ------
    QuestionnaireInvalid : `extra["faults"]` names every fault, of a spreadsheet with its cell
    """
    is_sheet = source.suffix.lower() in (".xlsx", ".xlsm")
    data = xlsforms.read(source) if is_sheet else source.read_bytes()
    form = questionnaires.parse(data)
    faults = []
    if not FORM_ID.fullmatch(form.form_id):
        faults.append("/form_id: letters a-z, digits and -, at most 60")
    if not VERSION.fullmatch(form.version):
        faults.append("/version: letters, digits, points and -, at most 20")
    if faults:
        raise QuestionnaireInvalid(f"{len(faults)} faults", faults=faults)
    rules = list(_rules(form))
    place, dearest = max(rules, key=lambda one: one[1].cost, default=("", None))
    return Report(
        form,
        data,
        blocks=len(form.blocks),
        fields=len(form.fields),
        rules=len(rules),
        cost=dearest.cost if dearest else 0,
        most=MAX_COST,
        dearest=place,
    )


def publish(source: Path, settings: Settings) -> Report:
    """Put a questionnaire on the shelf of an installation; the same bytes again are harmless.

    A version that was published is never changed: other bytes under its name are refused.

    Raises
    ------
    QuestionnaireInvalid : it has faults, or another one was published under this name
    """
    report = check(source)
    form = report.form
    shelf = settings.questionnaires_dir
    known = questionnaires.PUBLISHED.get((form.form_id, form.version))
    here = questionnaires.shelved(shelf, form.form_id, form.version)
    known = known or (here.stem.rpartition("@")[2] if here else None)
    if known is not None and known != form.sha256:
        fault = f"{form.form_id} {form.version}: sha256 {known}"
        raise QuestionnaireInvalid("This version was published with other bytes.", faults=[fault])
    if known is None:
        _put(shelf, f"{form.form_id}@{form.version}@{form.sha256}.json", report.data)
    return report


def shelf(settings: Settings) -> list[Questionnaire]:
    """List what is published on an installation, the software's own first."""
    folder = settings.questionnaires_dir
    own = [file.stem.split("@") for file in sorted(folder.glob("*@*@*.json"))]
    token = questionnaires.SHELF.set(folder)
    try:
        return [
            *questionnaires.published(),
            *(questionnaires.load(form_id, version) for form_id, version, _ in own),
        ]
    finally:
        questionnaires.SHELF.reset(token)


def _rules(form: Questionnaire) -> list[tuple[str, Expression]]:
    found: list[tuple[str, Expression]] = []
    for block in form.blocks:
        if block.relevance:
            found.append((f"{block.id}/relevance", block.relevance))
        for one in block.fields:
            if one.relevance:
                found.append((f"{one.id}/relevance", one.relevance))
            if one.constraint:
                found.append((f"{one.id}/constraint", one.constraint.expression))
    return found


def _put(folder: Path, name: str, data: bytes) -> None:
    """Let a file appear whole, flushed with its name."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = folder / f".{name}.new"
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(folder / name)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
