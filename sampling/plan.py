"""The plan of a campaign: strata, stages, sizes and assumptions, as one TOML file with a hash.

Every key and what it may hold stands in the dataclasses below; a key that is not there is
refused. The plan as written spells out every default, so the file alone says what was decided.
Keys marked `LATER` came after the first plans were published: they are written only where they
say something, a section then whole, so that a plan without them keeps its bytes and its hash.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import polars as pl
import tomli_w

from sampling.errors import PlanError
from sampling.keys import (
    Take,
    adcodes,
    choice,
    column_names,
    county_strata,
    covariate_weights,
    cut_points,
    figures,
    hex_digest,
    iso_date,
    number,
    plain_text,
    short,
    strata_by,
    targets,
    whole,
    whole_or_all,
)
from sampling.writers import parquet_bytes

PLAN_FILE = "plan.toml"
VILLAGES_FILE = "villages.parquet"
FROZEN = (
    *("village_code", "county_adcode"),
    *(f"{what}_{one}" for one in "epn" for what in ("households", "persons")),
    *("remoteness", "remoteness_class", "stratum"),
)
"""Columns that the villages of a plan folder cannot do without."""

LATER = {"later": True}
"""Marks a field that is left out of the file while it has its default."""

SELECTORS = ("pps_systematic", "srswor", "sampford", "max_entropy", "pareto", "lpm2", "cube")
INFORMED = ("neyman", "cost", "bethel")
"""Allocations that need the figures of `[allocation]`."""


@dataclass(frozen=True)
class FrameHashes:
    """Which frame the plan was made for; filled in when the plan is written."""

    villages_sha256: Annotated[str, hex_digest] = ""
    households_sha256: Annotated[str, hex_digest] = ""


@dataclass(frozen=True)
class RemotenessRule:
    """How remoteness is measured and cut into classes.

    `weights` are covariate = weight, negative where more means nearer; empty = those of the frame.
    `cuts`, if given, replace the Dalenius-Hodges classes and lie on the scale of the index.
    """

    method: Annotated[str, choice("rank", "pca", "kmeans", "none")] = "rank"
    weights: Annotated[dict[str, float], covariate_weights] = field(default_factory=dict)
    classes: Annotated[int, whole(2, 6)] = 3
    cuts: Annotated[tuple[float, ...], cut_points] = ()


@dataclass(frozen=True)
class StrataRule:
    """What makes a stratum, and what becomes of one with too few villages."""

    by: Annotated[tuple[str, ...], strata_by] = ("county", "remoteness")
    minimum_villages: Annotated[int, whole(1)] = 4
    merge: Annotated[str, choice("nearer", "none")] = "nearer"


@dataclass(frozen=True)
class Stage1:
    """Villages: `villages` a county, at least `minimum` and `reserve` in each stratum.

    With allocation "bethel" `villages` is the most that a county may take; how many it takes
    follows from the targets. `balance` are the columns that "cube" balances on.
    """

    method: Annotated[str, choice(*SELECTORS)] = "pps_systematic"
    size: Annotated[str, choice("shares", "households", "equal")] = "shares"
    villages: Annotated[Take, whole_or_all(2)] = 30
    allocation: Annotated[str, choice("remote", "proportional", "equal", "power", *INFORMED)] = (
        "remote"
    )
    power: Annotated[float, number(0, 1, ends="both")] = 0.5
    minimum: Annotated[int, whole(1)] = 2
    remote_factor: Annotated[float, number(0, 100)] = 2.0
    reserve: Annotated[int, whole(0)] = 2
    rotation: Annotated[float, number(0, 1, ends="both")] = 0.1667
    balance: Annotated[tuple[str, ...], column_names] = field(default=(), metadata=LATER)


@dataclass(frozen=True)
class AllocationFigures:
    """What is assumed where the allocation is "neyman", "cost" or "bethel".

    Lists hold one figure for each remoteness class, near first; a class k of a county takes the
    k-th. `rates` are assumed rates of the thing looked for; `spreads`, if given, replace their
    standard deviations. `village_costs` and `household_costs` are what a visit and an interview
    cost, in any one unit. `cv` and `se` are precision targets of the rate by domain, "county" or
    "class-1", "class-2", …: relative and absolute standard errors.
    """

    rates: Annotated[tuple[float, ...], figures(0, 1)] = ()
    spreads: Annotated[tuple[float, ...], figures(0, 1e9)] = ()
    village_costs: Annotated[tuple[float, ...], figures(0, 1e12)] = ()
    household_costs: Annotated[tuple[float, ...], figures(0, 1e12)] = ()
    cv: Annotated[dict[str, float], targets(10)] = field(default_factory=dict)
    se: Annotated[dict[str, float], targets(1)] = field(default_factory=dict)


@dataclass(frozen=True)
class CountyStage:
    """Counties drawn before their villages, for spot checks; "none" takes every county.

    `number` counties in all, or the `share` of them where it is 0; at least `minimum` in each
    stratum, which is a province, a class of remoteness (of `classes`), both, or everything.
    """

    method: Annotated[str, choice("none", *SELECTORS)] = "none"
    share: Annotated[float, number(0, 1, ends="high")] = 0.2
    number: Annotated[int, whole(0)] = 0
    minimum: Annotated[int, whole(1)] = 2
    by: Annotated[tuple[str, ...], county_strata] = ("province", "remoteness")
    classes: Annotated[int, whole(2, 6)] = 3
    size: Annotated[str, choice("equal", "households", "persons")] = "equal"


@dataclass(frozen=True)
class Stage2:
    """Households of a village by class: a number, or "all"; cells below a size are taken whole."""

    e: Annotated[Take, whole_or_all(0)] = 16
    n: Annotated[Take, whole_or_all(0)] = 16
    p: Annotated[Take, whole_or_all(0)] = 4
    take_all_below: Annotated[int, whole(0)] = 0
    reserve: Annotated[int, whole(0)] = 4
    rotation: Annotated[float, number(0, 1, ends="both")] = 0.3333

    def take(self, household_class: str) -> Take:
        """How many households of a class a village gives."""
        return {"E": self.e, "N": self.n, "P": self.p}[household_class]


@dataclass(frozen=True)
class SeedRule:
    """The published hash of the secret, and where the public value will come from."""

    commitment: Annotated[str, hex_digest] = ""
    public_value_source: Annotated[str, plain_text] = ""


@dataclass(frozen=True)
class Assumptions:
    """Threshold p0, assumed truth p1, errors, correlation within villages, share that responds."""

    p0: Annotated[float, number(0, 1)] = 0.02
    p1: Annotated[float, number(0, 1)] = 0.005
    alpha: Annotated[float, number(0, 0.5)] = 0.05
    beta: Annotated[float, number(0, 1)] = 0.20
    icc: Annotated[float, number(0, 1, ends="both")] = 0.05
    response: Annotated[float, number(0, 1, ends="high")] = 0.9


@dataclass(frozen=True)
class AnalysisRule:
    """How the figures will be computed; decided before anything is drawn."""

    single_psu: Annotated[str, choice("certainty", "adjust", "average", "collapse")] = "adjust"
    confidence: Annotated[float, number(0.5, 1)] = 0.95
    interval: Annotated[
        str, choice("korn-graubard", "wilson", "logit", "likelihood", "clopper-pearson")
    ] = "korn-graubard"


@dataclass(frozen=True)
class Plan:
    """What will be drawn and why; immutable, equal plans have equal hashes.

    Parameters
    ----------
    campaign : name of the campaign
    counties : county codes, six digits; empty = all of the frame
    wave : 1, 2, …
    round_kind : "exit" or "revisit"
    reference_date : YYYY-MM-DD, or empty

    Examples
    --------
    >>> plan = Plan.from_toml('campaign = "trial"')
    >>> plan.stage1.villages, plan.stage2.e
    (30, 16)
    >>> Plan.from_toml(plan.to_toml()) == plan
    True
    """

    campaign: Annotated[str, plain_text] = "campaign"
    counties: Annotated[tuple[str, ...], adcodes] = ()
    wave: Annotated[int, whole(1, 1000)] = 1
    round_kind: Annotated[str, choice("exit", "revisit")] = "exit"
    reference_date: Annotated[str, iso_date] = ""
    frame: FrameHashes = field(default_factory=FrameHashes)
    remoteness: RemotenessRule = field(default_factory=RemotenessRule)
    strata: StrataRule = field(default_factory=StrataRule)
    stage1: Stage1 = field(default_factory=Stage1)
    stage2: Stage2 = field(default_factory=Stage2)
    seed: SeedRule = field(default_factory=SeedRule)
    assumptions: Assumptions = field(default_factory=Assumptions)
    analysis: AnalysisRule = field(default_factory=AnalysisRule)
    allocation: AllocationFigures = field(default_factory=AllocationFigures, metadata=LATER)
    county_stage: CountyStage = field(default_factory=CountyStage, metadata=LATER)

    def __post_init__(self) -> None:
        if not self.assumptions.p1 < self.assumptions.p0:
            raise PlanError("plan.order", p0=self.assumptions.p0, p1=self.assumptions.p1)
        if (self.stage2.e, self.stage2.n, self.stage2.p) == (0, 0, 0):
            raise PlanError("plan.nothing")
        if self.county_stage.method == "none" and self.county_stage != CountyStage():
            raise PlanError("plan.unused", section="county_stage", key="county_stage.method")
        if self.stage1.allocation != "bethel" and (self.allocation.cv or self.allocation.se):
            raise PlanError("plan.unused_targets", rule=self.stage1.allocation)
        for key in _lacking(self.stage1.allocation, self.allocation):
            raise PlanError("plan.allocation_needs", rule=self.stage1.allocation, key=key)

    @classmethod
    def from_toml(cls, text: str) -> "Plan":
        """Read a plan; keys left out take their defaults.

        Raises
        ------
        PlanError : not TOML, an unknown key, or a value out of range, named by its key
        """
        return cls.from_mapping(_parse(text))

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> "Plan":
        """Check nested mappings as read from TOML and freeze them."""
        checked: Plan = _freeze(cls, values, path="")
        return checked

    def to_toml(self) -> str:
        """Write every key, defaults included; the same plan gives the same bytes.

        Keys and sections marked `LATER` are left out while they have their defaults.
        """
        return tomli_w.dumps(_spelled(self))

    @property
    def sha256(self) -> str:
        """The plan hash: SHA-256 of the UTF-8 bytes of `to_toml()`."""
        return sha256(self.to_toml().encode()).hexdigest()

    def override(self, assignments: Iterable[str]) -> "Plan":
        """Change keys by `section.key=value`; the value is TOML, or plain text.

        Raises
        ------
        PlanError : not an assignment, an unknown key, or a value out of range

        Examples
        --------
        >>> plan = Plan().override(["stage1.villages=40", "seed.public_value_source=lottery"])
        >>> plan.stage1.villages, plan.seed.public_value_source
        (40, 'lottery')
        """
        values = asdict(self)
        for assignment in assignments:
            key, equals, text = assignment.partition("=")
            if not equals or not key.strip():
                raise PlanError("plan.assignment", value=assignment)
            *sections, last = key.strip().split(".")
            place = values
            for position, section in enumerate(sections):
                if not isinstance(place.get(section), dict):
                    raise PlanError("plan.unknown_key", key=".".join(sections[: position + 1]))
                place = place[section]
            place[last] = _value(text.strip())
        return Plan.from_mapping(values)


def write_plan(folder: Path, plan: Plan, villages: pl.DataFrame) -> Plan:
    """Write plan.toml and the frozen villages beside it.

    Parameters
    ----------
    folder : made if it is not there
    plan : its `frame.villages_sha256` is set to the hash of the file written
    villages : village frame with remoteness, remoteness_class and stratum

    Returns
    -------
    the plan as written
    """
    folder.mkdir(parents=True, exist_ok=True)
    data = parquet_bytes(villages)
    (folder / VILLAGES_FILE).write_bytes(data)
    found = sha256(data).hexdigest()
    settled = replace(plan, frame=replace(plan.frame, villages_sha256=found))
    (folder / PLAN_FILE).write_bytes(settled.to_toml().encode())
    return settled


def load_plan(folder: Path) -> tuple[Plan, pl.DataFrame]:
    """Read a plan folder and check that its villages are those the plan was made for.

    Returns
    -------
    the plan, and one row a village with `remoteness`, `remoteness_class`, `stratum`

    Raises
    ------
    PlanError : a file missing, not as `write_plan` writes it, or with another hash; villages
        that are no table or were never frozen
    """
    path, artefact = folder / PLAN_FILE, folder / VILLAGES_FILE
    for file in (path, artefact):
        if not file.is_file():
            raise PlanError("file.missing", path=file)
    text = read_toml(path)
    plan = Plan.from_toml(text)
    if plan.to_toml() != text:
        raise PlanError("plan.not_canonical", path=path)
    if not plan.frame.villages_sha256:
        raise PlanError("plan.unsettled")
    found = sha256(artefact.read_bytes()).hexdigest()
    if found != plan.frame.villages_sha256:
        raise PlanError(
            "plan.villages_hash", path=artefact, found=found, expected=plan.frame.villages_sha256
        )
    return plan, _artefact(artefact)


def _artefact(path: Path) -> pl.DataFrame:
    """The frozen villages of a plan folder, whoever wrote the file."""
    try:
        villages = pl.read_parquet(path)
    except pl.exceptions.PolarsError:
        raise PlanError("plan.villages_unreadable", path=path) from None
    for column in FROZEN:
        if column not in villages.columns:
            raise PlanError("plan.column_missing", column=column)
    return villages


def read_toml(path: Path) -> str:
    """Read the text of a TOML file, byte for byte.

    Raises
    ------
    PlanError : the bytes are not UTF-8
    """
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise PlanError("plan.toml", reason=error.reason) from None


def _parse(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, ValueError, RecursionError) as error:
        raise PlanError("plan.toml", reason=short(error)) from None


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, ValueError, RecursionError):
        return text


def _freeze(kind: Any, values: Any, *, path: str) -> Any:
    if not isinstance(values, Mapping):
        raise PlanError("plan.section", key=path)
    known = get_type_hints(kind, include_extras=True)
    unknown = next((key for key in values if key not in known), None)
    if unknown is not None:
        raise PlanError("plan.unknown_key", key=f"{path}.{unknown}" if path else unknown)
    checked = {}
    for name, value in values.items():
        key = f"{path}.{name}" if path else name
        if is_dataclass(known[name]):
            checked[name] = _freeze(known[name], value, path=key)
        else:
            (check,) = known[name].__metadata__
            checked[name] = check(key, value)
    return kind(**checked)


def _lacking(rule: str, known: AllocationFigures) -> list[str]:
    """Keys without which an allocation cannot be computed, the first to be asked for first."""
    needed = []
    if rule in INFORMED and not (known.rates or known.spreads):
        needed.append("allocation.rates")
    if rule == "cost" and not (known.village_costs or known.household_costs):
        needed.append("allocation.village_costs")
    if rule == "bethel" and not (known.cv or known.se):
        needed.append("allocation.cv")
    if rule == "bethel" and known.cv and not known.rates:
        needed.append("allocation.rates")
    return needed


def _spelled(section: Any) -> dict[str, Any]:
    """Keys and values as they stand in the file."""
    written: dict[str, Any] = {}
    for one in fields(section):
        value = getattr(section, one.name)
        if one.metadata == LATER and value == getattr(type(section)(), one.name):
            continue
        if is_dataclass(value):
            written[one.name] = _spelled(value)
        else:
            written[one.name] = list(value) if isinstance(value, tuple) else value
    return written
