"""`draw` and `verify-draw`: what was drawn can be drawn again, and what was changed is named."""

import json
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner
from frames import frozen_frame, roster, village_frame

from sampling import tickets
from sampling.cli import main
from sampling.frame import import_register

SEED = "a campaign seed"


@pytest.fixture
def story(tmp_path) -> Path:
    """A folder with a frame, a plan and a sample with rosters of the drawn villages."""
    villages = village_frame(36)
    frozen_frame(tmp_path / "register", villages)
    (tmp_path / "rosters").mkdir()
    for code in villages["village_code"]:
        roster(code, 40).write_csv(tmp_path / "rosters" / f"{code}.csv")
    plan(tmp_path)
    answer = run(tmp_path, "draw", "--out", "sample", "--seed", SEED, "--rosters", "rosters")
    assert answer.exit_code == 0, answer.output
    return tmp_path


def plan(folder, *changes):
    sets = [part for change in ("stage1.villages=12", *changes) for part in ("--set", change)]
    answer = CliRunner().invoke(
        main,
        ["plan", "--frame", str(folder / "register/frame"), "--out", str(folder / "plan"), *sets],
    )
    assert answer.exit_code == 0, answer.output


def run(folder, command, *arguments):
    folders = {"sample", "rosters", "again", "elsewhere"}
    paths = [str(folder / one) if one in folders else one for one in arguments]
    inputs = ["--frame", str(folder / "register/frame"), "--plan", str(folder / "plan")]
    return CliRunner().invoke(main, [command, *inputs, *paths])


def verify(folder, *arguments, seed=SEED):
    given = arguments or ("--rosters", "rosters")
    return run(folder, "verify-draw", "--sample", "sample", "--seed", seed, *given)


def edit_csv(path, row, column, value):
    table = pl.read_csv(path, infer_schema=False)
    changed = pl.when(pl.int_range(pl.len()) == row).then(pl.lit(value)).otherwise(pl.col(column))
    table.with_columns(changed.alias(column)).write_csv(path)


def test_the_draw_is_repeated_and_says_so_in_one_line(story):
    answer = verify(story)
    assert answer.exit_code == 0
    record = json.loads((story / "sample/draw.json").read_text())
    (line,) = answer.output.splitlines()
    assert "frame, plan, tickets and probabilities were recomputed and are equal" in line
    assert record["fingerprint"] in line


def test_a_sample_folder_says_what_it_came_from(story):
    record = json.loads((story / "sample/draw.json").read_text())
    manifest = json.loads((story / "register/frame/manifest.json").read_text())
    drawn = pl.read_parquet(story / "sample/sample_households.parquet")
    taken = drawn.filter(~pl.col("is_reserve"))
    assert record["frame_sha256"] == manifest["frame_sha256"]
    assert record["fingerprint"] == tickets.fingerprint(taken["unit_id"])
    assert record["households"] == taken.height
    assert record["villages"] == 12
    assert set(taken["household_class"]) == {"E", "P", "N"}
    assert taken.filter(household_class="N").height == 12 * 16
    assert pl.read_csv(story / "sample/sample_households.csv").height == drawn.height


def test_drawing_again_gives_the_same_bytes(story):
    run(story, "draw", "--out", "again", "--seed", SEED, "--rosters", "rosters")
    names = sorted(one.name for one in (story / "sample").iterdir())
    assert len(names) == 5
    for name in names:
        assert (story / "sample" / name).read_bytes() == (story / "again" / name).read_bytes()


def test_seeds_are_shown_on_request_only(story):
    quiet = run(story, "draw", "--out", "again", "--seed", SEED)
    assert SEED not in quiet.output
    assert SEED in run(story, "draw", "--out", "again", "--seed", SEED, "--show").output
    assert SEED not in "".join(one.read_text("latin-1") for one in (story / "again").iterdir())


def test_a_changed_ticket_is_named(story):
    edit_csv(story / "sample/sample_households.csv", 4, "ticket", "ab" * 32)
    answer = verify(story)
    assert answer.exit_code == 1
    lines = answer.stderr.splitlines()
    assert "sample_households.csv row 6 column ticket" in lines[0]
    assert "differences: 1" in lines[-1]


@pytest.mark.parametrize(
    ("file", "column", "value"),
    [
        ("sample_villages", "pi1", "0.5"),
        ("sample_villages", "order", "9"),
        ("sample_villages", "is_reserve", "1"),
        ("sample_households", "pi2", "0.123"),
        ("sample_households", "base_weight", "40.0"),
        ("sample_households", "persons", "9"),
        ("sample_households", "stratum", "420528-9"),
    ],
)
def test_a_changed_value_is_named_by_row_and_column(story, file, column, value):
    edit_csv(story / f"sample/{file}.csv", 0, column, value)
    answer = verify(story)
    assert answer.exit_code == 1
    assert f"{file}.csv row 2 column {column}: {value}" in answer.stderr


def test_a_change_in_the_parquet_file_is_found_too(story):
    path = story / "sample/sample_households.parquet"
    pl.read_parquet(path).with_columns(pi1=pl.col("pi1") * 1.0000000001).write_parquet(path)
    answer = verify(story)
    assert "sample_households.parquet row 2 column pi1" in answer.stderr


def test_exchanged_households_are_found(story):
    path = story / "sample/sample_households.csv"
    table = pl.read_csv(path, infer_schema=False)
    gone = table["unit_id"][3]
    edit_csv(path, 3, "unit_id", "420528100200-E9999")
    answer = verify(story)
    assert "row 5: 420528100200-E9999 does not belong to the sample" in answer.stderr
    assert f"{gone} is missing" in answer.stderr


def test_sorting_the_rows_is_no_change(story):
    path = story / "sample/sample_households.csv"
    pl.read_csv(path, infer_schema=False).sort("ticket").write_csv(path)
    assert verify(story).exit_code == 0


def test_a_changed_frame_row_is_caught(story):
    path = story / "register/frame/households/420528.parquet"
    table = pl.read_parquet(path)
    table.with_columns(persons=pl.col("persons") + 1).write_parquet(path)
    answer = verify(story)
    assert answer.exit_code == 1
    assert "420528.parquet" in answer.stderr


def test_a_frame_frozen_anew_with_another_village_count_is_caught(story):
    other = village_frame(36).with_columns(
        households_n=pl.when(pl.int_range(pl.len()) == 3)
        .then(pl.col("households_n") + 1)
        .otherwise("households_n")
    )
    (story / "register").rename(story / "old")
    frozen_frame(story / "register", other)
    answer = verify(story)
    assert answer.exit_code == 1
    assert "villages.parquet row 5 column households_n" in answer.stderr


def test_a_frame_frozen_anew_with_another_household_is_caught(story):
    (story / "register").rename(story / "old")
    frozen_frame(story / "register", village_frame(36).with_columns(persons_p=7))
    path = story / "register/households.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:-1], lines[-1].replace(",2,", ",3,")]) + "\n")
    (story / "register/frame").rename(story / "frame2")
    old = story / "old"
    import_register(old / "villages.csv", path, old / "totals.csv", out=story / "register/frame")
    answer = verify(story)
    assert answer.exit_code == 1
    assert "households/" in answer.stderr


def test_a_changed_roster_is_caught(story):
    drawn = pl.read_parquet(story / "sample/sample_villages.parquet")
    code = drawn.filter(~pl.col("is_reserve"))["village_code"][0]
    roster(code, 41).write_csv(story / "rosters" / f"{code}.csv")
    answer = verify(story)
    assert answer.exit_code == 1
    assert f"rosters.{code}" in answer.stderr


def test_without_rosters_the_registered_households_are_drawn_again(story):
    answer = verify(story, "--seed", SEED)
    assert answer.exit_code == 0
    assert "N households were not drawn again" in answer.output
    edit_csv(story / "sample/sample_households.csv", 0, "pi2", "0.9")
    assert verify(story, "--seed", SEED).exit_code == 1


def test_another_seed_does_not_pass(story):
    answer = verify(story, seed="another")
    assert answer.exit_code == 1
    assert len(answer.stderr.splitlines()) == 12
    assert "another" not in answer.output


def test_a_changed_plan_is_caught(story):
    plan(story, "stage2.e=15")
    answer = verify(story)
    assert answer.exit_code == 1
    assert "plan_sha256" in answer.stderr


def test_missing_and_broken_files_are_named(story):
    (story / "sample/sample_villages.csv").unlink()
    assert "sample_villages.csv is missing" in verify(story).stderr
    (story / "sample/sample_households.parquet").write_bytes(b"not parquet")
    assert "sample_households.parquet cannot be read" in verify(story).stderr
    (story / "sample/draw.json").write_text("{")
    answer = verify(story)
    assert answer.exit_code == 1
    assert len(answer.stderr.splitlines()) == 1


def test_a_missing_column_is_named(story):
    path = story / "sample/sample_villages.csv"
    pl.read_csv(path, infer_schema=False).drop("ticket").write_csv(path)
    assert "sample_villages.csv: the column ticket is missing" in verify(story).stderr


def test_a_draw_that_stands_is_not_drawn_again_with_another_seed(story):
    before = (story / "sample/draw.json").read_bytes()
    answer = run(story, "draw", "--out", "sample", "--seed", "another", "--rosters", "rosters")
    assert answer.exit_code == 1
    assert "sample holds another draw and was left as it is" in answer.stderr
    assert (story / "sample/draw.json").read_bytes() == before


def test_a_draw_says_what_it_lacks(story):
    answer = run(story, "draw", "--out", "again", "--seed", SEED)
    assert answer.exit_code == 0
    assert "no N households are drawn yet" in answer.stderr
    assert "the plan holds no seed commitment" in answer.stderr


def test_a_forged_unregistered_household_is_caught_without_rosters(story):
    path = story / "sample/sample_households.csv"
    rows = pl.read_csv(path, infer_schema=False)
    place = rows["household_class"].to_list().index("N")
    edit_csv(path, place, "ticket", "00" * 32)
    answer = run(story, "verify-draw", "--sample", "sample", "--seed", SEED)
    assert answer.exit_code == 1
    assert "files.sample_households.csv" in answer.stderr


def test_secret_and_public_value_make_the_seed(story):
    secret, public = "a secret", "31 05 07"
    plan(story, f"seed.commitment={tickets.commitment(secret)}")
    both = ("--secret", secret, "--public-value", public)
    drawn = run(story, "draw", "--out", "again", *both, "--rosters", "rosters")
    assert drawn.exit_code == 0, drawn.output
    assert secret not in drawn.output
    record = json.loads((story / "again/draw.json").read_text())
    assert record["seed_commitment"] == tickets.commitment(secret)
    rosters = ("--sample", "again", "--rosters", "rosters")
    assert run(story, "verify-draw", *both, *rosters).exit_code == 0
    seed = tickets.campaign_seed(secret, public)
    assert run(story, "verify-draw", "--seed", seed, *rosters).exit_code == 0
    other = run(story, "draw", "--out", "again", "--secret", "other", "--public-value", public)
    assert other.exit_code == 1
    assert "commitment" in other.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--secret", "s"],
        ["--seed", "s", "--secret", "s", "--public-value", "p"],
        ["--seed", ""],
        ["--seed", "hidden\x1fvalue"],
        ["--seed", SEED, "--rosters", "elsewhere"],
    ],
)
def test_a_refused_draw_is_one_line_and_leaves_nothing(story, arguments):
    answer = run(story, "draw", "--out", "again", *arguments)
    assert answer.exit_code == 1
    assert len(answer.stderr.splitlines()) == 1
    assert "hidden" not in answer.stderr
    assert not (story / "again").exists()


def test_a_seed_alone_does_not_show_that_it_was_committed(story):
    secret, public = "a secret", "31 05 07"
    plan(story, f"seed.commitment={tickets.commitment(secret)}")
    seed = tickets.campaign_seed(secret, public)

    refused = run(story, "draw", "--out", "again", "--seed", seed, "--rosters", "rosters")
    run(story, "draw", "--out", "again", "--secret", secret, "--public-value", public)
    unproved = run(story, "verify-draw", "--sample", "again", "--seed", seed)

    assert refused.exit_code == 1
    assert "the plan has a published commitment" in refused.stderr
    assert unproved.exit_code == 0, unproved.output
    assert "was not held against the commitment" in unproved.stderr


def test_a_plan_that_is_committed_is_not_written_over(story):
    secret = tickets.commitment("a secret")
    plan(story, f"seed.commitment={secret}")
    before = (story / "plan/plan.toml").read_bytes()

    where = ["--frame", str(story / "register/frame"), "--out", str(story / "plan")]
    answer = CliRunner().invoke(main, ["plan", *where, "--set", "stage2.e=3"])

    assert answer.exit_code == 1
    assert "holds a seed commitment and was left as it is" in answer.stderr
    assert (story / "plan/plan.toml").read_bytes() == before
