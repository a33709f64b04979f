"""Plans: keys, values, hashes, and what a plan says it can establish."""

from dataclasses import replace
from hashlib import sha256

import polars as pl
import pytest
from click.testing import CliRunner
from frames import frozen_frame, village_frame

from sampling.cli import main
from sampling.design import strata
from sampling.errors import AllocationError, PlanError
from sampling.plan import Plan, load_plan, write_plan
from sampling.remoteness import freeze


def settled(villages=None, *changes):
    villages = village_frame(60) if villages is None else villages
    frozen = freeze(Plan().override(changes), villages)
    return frozen.plan, frozen.villages


def test_defaults_are_spelled_out_and_read_back():
    text = Plan().to_toml()
    for line in (
        "villages = 30",
        "remote_factor = 2.0",
        "rotation = 0.1667",
        'single_psu = "adjust"',
    ):
        assert line in text
    assert Plan.from_toml(text) == Plan()


def test_the_hash_follows_every_value():
    assert Plan().sha256 == Plan.from_toml("").sha256
    assert Plan().sha256 != Plan().override(["stage2.e=17"]).sha256
    assert Plan().override(["assumptions.p0=0.03"]).sha256 != Plan().sha256


@pytest.mark.parametrize(
    ("text", "code", "key"),
    [
        ("colour = 1", "plan.unknown_key", "colour"),
        ("[stage1]\nvilages = 3", "plan.unknown_key", "stage1.vilages"),
        ("[stage3]\ne = 1", "plan.unknown_key", "stage3"),
        ("stage1 = 3", "plan.section", "stage1"),
        ("[stage1]\nvillages = 1", "plan.whole_or_all", "stage1.villages"),
        ("[stage1]\nvillages = true", "plan.whole_or_all", "stage1.villages"),
        ("[stage1]\nvillages = 30.5", "plan.whole_or_all", "stage1.villages"),
        ('[stage1]\nvillages = "most"', "plan.whole_or_all", "stage1.villages"),
        ('[stage1]\nmethod = "luck"', "plan.choice", "stage1.method"),
        ("[stage1]\nremote_factor = 0", "plan.number", "stage1.remote_factor"),
        ("[stage1]\nremote_factor = nan", "plan.number", "stage1.remote_factor"),
        ("[stage2]\ne = -1", "plan.whole_or_all", "stage2.e"),
        ("[stage2]\nrotation = 1.5", "plan.number", "stage2.rotation"),
        ("[assumptions]\nresponse = 0", "plan.number", "assumptions.response"),
        ("[assumptions]\np0 = 0.004", "plan.order", None),
        ("[remoteness]\nclasses = 7", "plan.whole", "remoteness.classes"),
        ("[remoteness]\ncuts = [0.5, 0.5]", "plan.cuts", "remoteness.cuts"),
        ("[remoteness.weights]\nkm = 0", "plan.weights", "remoteness.weights"),
        ('[remoteness.weights]\nkm = "far"', "plan.number", "remoteness.weights.km"),
        ('[strata]\nby = ["colour"]', "plan.choice", "strata.by"),
        ('counties = ["42052"]', "plan.adcodes", "counties"),
        ('counties = ["420528", "420528"]', "plan.adcodes", "counties"),
        ('reference_date = "2019-13-01"', "plan.date", "reference_date"),
        ('[seed]\ncommitment = "abc"', "plan.sha256", "seed.commitment"),
        ('round_kind = "followup"', "plan.choice", "round_kind"),
        ("campaign = 7", "plan.text", "campaign"),
        ("wave = 0", "plan.whole", "wave"),
        ("[stage2]\ne = 0\nn = 0\np = 0", "plan.nothing", None),
        ("[allocation]\nrates = 0.1", "plan.figures", "allocation.rates"),
        ("[allocation]\nrates = [0.1, 0]", "plan.number", "allocation.rates"),
        ("[allocation]\ncv = 0.1", "plan.targets", "allocation.cv"),
        ("[allocation.cv]\nprovince = 0.1", "plan.targets", "allocation.cv"),
        ("[allocation.se]\ncounty = 0", "plan.number", "allocation.se.county"),
        ('[stage1]\nallocation = "bethel"', "plan.allocation_needs", "allocation.rates"),
        ('[stage1]\nbalance = ["a", "a"]', "plan.columns", "stage1.balance"),
        ('[county_stage]\nmethod = "dice"', "plan.choice", "county_stage.method"),
        ("[county_stage]\nshare = 0", "plan.number", "county_stage.share"),
        ('[county_stage]\nby = ["moon"]', "plan.choice", "county_stage.by"),
        ("wave = " + "9" * 5000, "plan.toml", None),
        ("wave = ", "plan.toml", None),
    ],
)
def test_what_a_plan_may_not_say_is_refused_by_key(text, code, key):
    with pytest.raises(PlanError) as refused:
        Plan.from_toml(text)
    assert refused.value.code == code
    assert key is None or refused.value.details["key"] == key


def test_overrides_take_toml_values_or_plain_text():
    plan = Plan().override(
        [
            "stage2.p=all",
            "counties=['530828', '420528']",
            "reference_date=2019-12-31",
            "remoteness.weights.km_to_seat=2",
        ]
    )
    assert plan.stage2.p == "all"
    assert plan.counties == ("420528", "530828")
    assert plan.reference_date == "2019-12-31"
    assert plan.remoteness.weights == {"km_to_seat": 2.0}


@pytest.mark.parametrize(
    ("assignment", "code"),
    [
        ("stage1.villages", "plan.assignment"),
        ("=4", "plan.assignment"),
        ("stage1.colour=4", "plan.unknown_key"),
        ("colour.villages=4", "plan.unknown_key"),
        ("campaign.name=4", "plan.unknown_key"),
    ],
)
def test_overrides_that_name_no_key_are_refused(assignment, code):
    with pytest.raises(PlanError) as refused:
        Plan().override([assignment])
    assert refused.value.code == code


def test_a_plan_folder_is_held_to_its_hash(tmp_path):
    plan, villages = settled()
    written = write_plan(tmp_path / "plan", plan, villages)
    again, same = load_plan(tmp_path / "plan")
    assert again == written
    assert same.equals(villages)

    villages.with_columns(stratum=pl.lit("420528-1")).write_parquet(
        tmp_path / "plan" / "villages.parquet"
    )
    with pytest.raises(PlanError) as refused:
        load_plan(tmp_path / "plan")
    assert refused.value.code == "plan.villages_hash"


def test_an_edited_plan_file_is_refused(tmp_path):
    write_plan(tmp_path, *settled())
    path = tmp_path / "plan.toml"
    path.write_text(path.read_text().replace("villages = 30", "villages = 31 "))
    with pytest.raises(PlanError) as refused:
        load_plan(tmp_path)
    assert refused.value.code == "plan.not_canonical"


def test_a_plan_folder_that_is_not_one_is_refused(tmp_path):
    with pytest.raises(PlanError) as refused:
        load_plan(tmp_path)
    assert refused.value.code == "file.missing"


def test_keys_that_came_later_leave_older_plans_as_they_were():
    """The hash of the default plan as it was before [allocation] and [county_stage]."""
    assert Plan().sha256 == "82c717ef5060afa82b04159cb0fce618ad00a684d5fffdf985fe17692cc3a150"
    text = Plan().to_toml()
    assert "[allocation]" not in text
    assert "balance" not in text


def test_a_later_section_is_written_whole_once_it_says_something(tmp_path):
    plan, villages = settled(
        None, "stage1.allocation=neyman", "allocation.rates=[0.003, 0.005, 0.01]",
        "county_stage.method=srswor", 'stage1.balance=["income"]',
    )  # fmt: skip
    text = plan.to_toml()
    for line in ("rates = [", "village_costs = []", 'method = "srswor"', "share = 0.2", "balance"):
        assert line in text
    written = write_plan(tmp_path, plan, villages)
    assert load_plan(tmp_path)[0] == written


@pytest.mark.parametrize(
    "extra", ["\n[county_stage]\nminimum = 2\n", "\n[allocation]\nrates = []\n"]
)
def test_a_later_section_that_says_nothing_is_not_canonical(tmp_path, extra):
    """One plan has one text, so a file that spells such a section out was not written here."""
    write_plan(tmp_path, *settled())
    path = tmp_path / "plan.toml"
    path.write_text(path.read_text() + extra)
    with pytest.raises(PlanError) as refused:
        load_plan(tmp_path)
    assert refused.value.code == "plan.not_canonical"


def test_villages_are_shared_with_the_remote_factor():
    plan, villages = settled()
    parts = strata(plan, villages)
    assert sum(part.n for part in parts) == 30
    rates = [(part.rate("E", plan) + part.rate("N", plan)) / 2 for part in parts]
    assert rates == sorted(rates)
    assert rates[-1] / rates[0] == pytest.approx(2, rel=0.25)


def test_probabilities_are_the_half_and_half_shares():
    plan, villages = settled()
    for part in strata(plan, villages):
        share_e = [e / part.total("E") for e in part.households["E"]]
        share_n = [n / part.total("N") for n in part.households["N"]]
        for p, e, n in zip(part.probabilities, share_e, share_n, strict=True):
            assert p == 1 or float(p) == pytest.approx(part.n * (e + n) / 2, rel=0.35)
        uncertain = [
            (float(p), e + n)
            for p, e, n in zip(part.probabilities, share_e, share_n, strict=True)
            if p < 1
        ]
        ratios = [p / size for p, size in uncertain]
        assert max(ratios) == pytest.approx(min(ratios))


def test_a_village_with_registered_households_only_can_still_be_drawn():
    only_p = [pl.when(pl.int_range(pl.len()) == 7).then(0).otherwise(pl.col(name)).alias(name)
              for name in ("households_e", "households_n")]  # fmt: skip
    plan, villages = settled(village_frame(60).with_columns(*only_p, households_p=pl.lit(2)))
    chances = {
        code: p
        for part in strata(plan, villages)
        for code, p in zip(part.villages, part.probabilities, strict=True)
    }
    assert 0 < chances["420528101202"] < min(p for code, p in chances.items()
                                             if code != "420528101202")  # fmt: skip


def test_a_county_with_few_villages_is_taken_whole():
    plan, villages = settled(village_frame(18))
    parts = strata(plan, villages)
    assert sum(part.n for part in parts) == 18
    assert {p for part in parts for p in part.probabilities} == {1}


def test_fewer_villages_than_the_strata_need_are_refused():
    plan, villages = settled(None, "stage1.villages=5")
    with pytest.raises(AllocationError) as refused:
        strata(plan, villages)
    assert refused.value.code == "allocation.too_few"


@pytest.mark.parametrize("method", ["lpm2", "cube"])
def test_a_later_wave_needs_a_selector_that_can_rotate(method):
    plan, villages = settled(None, "wave=2", f"stage1.method={method}")
    with pytest.raises(PlanError) as refused:
        strata(plan, villages)
    assert refused.value.code == "plan.wave"
    assert strata(*settled(None, "wave=2"))
    assert strata(*settled(None, "wave=2", "stage1.method=srswor"))
    assert strata(*settled(village_frame(18), "wave=2", f"stage1.method={method}"))


def test_the_command_writes_a_plan_and_says_what_it_can(tmp_path):
    frame = frozen_frame(tmp_path / "register", village_frame(60))
    (tmp_path / "wish.toml").write_text("[stage2]\ne = 12\n")
    answer = CliRunner().invoke(
        main,
        ["plan", "--frame", str(frame.folder), "--out", str(tmp_path / "plan"),
         "--from", str(tmp_path / "wish.toml"), "--set", "stage1.villages=40"],
    )  # fmt: skip
    assert answer.exit_code == 0, answer.output
    plan, villages = load_plan(tmp_path / "plan")
    assert plan.sha256 in answer.output
    assert (plan.stage1.villages, plan.stage2.e) == (40, 12)
    assert plan.frame.households_sha256 == frame.households_sha256
    assert villages.height == 60
    assert "chance to establish" in answer.output


def test_planning_twice_gives_the_same_bytes(tmp_path):
    frame = frozen_frame(tmp_path / "register", village_frame(40))
    for name in ("a", "b"):
        arguments = ["plan", "--frame", str(frame.folder), "--out", str(tmp_path / name)]
        assert CliRunner().invoke(main, arguments).exit_code == 0
    for file in ("plan.toml", "villages.parquet"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--set", "stage1.colour=1"],
        ["--from", "nowhere.toml"],
        ["--county", "110101"],
        ["--set", "stage1.villages=4"],
    ],
)
def test_a_refused_plan_is_one_line_and_leaves_nothing(tmp_path, arguments):
    frame = frozen_frame(tmp_path / "register", village_frame(40))
    out = tmp_path / "plan"
    answer = CliRunner().invoke(
        main, ["plan", "--frame", str(frame.folder), "--out", str(out), *arguments]
    )
    assert answer.exit_code == 1
    assert len(answer.stderr.splitlines()) == 1
    assert " | " in answer.stderr
    assert not out.exists()


def test_a_folder_with_other_files_is_left_alone(tmp_path):
    frame = frozen_frame(tmp_path / "register", village_frame(40))
    (tmp_path / "plan").mkdir()
    (tmp_path / "plan" / "letter.txt").write_text("keep")
    answer = CliRunner().invoke(
        main, ["plan", "--frame", str(frame.folder), "--out", str(tmp_path / "plan")]
    )
    assert answer.exit_code == 1
    assert [one.name for one in (tmp_path / "plan").iterdir()] == ["letter.txt"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("reference_date = 0", "plan.date"),
        ("reference_date = false", "plan.date"),
        ("reference_date = 20200101", "plan.date"),
        ('reference_date = "2020-W01-1"', "plan.date"),
        ("reference_date = 2020-01-01T10:00:00", "plan.date"),
        (f"[remoteness]\ncuts = [{10**400}]", "plan.number"),
        ("[county_stage]\nshare = 0.5", "plan.unused"),
        ("[allocation]\ncv = {county = 0.1}", "plan.unused_targets"),
    ],
)
def test_values_that_would_mean_nothing_are_refused(text, code):
    with pytest.raises(PlanError) as refused:
        Plan.from_toml(text)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"no table", "plan.villages_unreadable"), (None, "plan.column_missing")],
)
def test_villages_that_match_their_hash_but_were_never_frozen_are_refused(tmp_path, data, code):
    plan, villages = settled()
    written = write_plan(tmp_path, plan, villages.drop("stratum"))
    if data:
        (tmp_path / "villages.parquet").write_bytes(data)
        frame = replace(written.frame, villages_sha256=sha256(data).hexdigest())
        (tmp_path / "plan.toml").write_text(replace(written, frame=frame).to_toml())
    with pytest.raises(PlanError) as refused:
        load_plan(tmp_path)
    assert refused.value.code == code
