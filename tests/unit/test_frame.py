"""A register that passes becomes a frame: whole, hashed, and the same whatever its row order."""

import errno
import hashlib
import json
import os
import random
from collections.abc import Callable
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from sampling.errors import FrameError, SamplingError
from sampling.frame import Frame, import_register, load_frame

VILLAGES = [
    "行政村代码,行政村,乡镇代码,县代码,村类型,脱贫户数,脱贫人口,未脱贫户数,未脱贫人口,一般户数,一般人口,海拔",
    "420528100001,龙舟坪村,420528100,420528,贫困村,2,7,1,2,10,30,310.5",
    "420528100002,津洋口村,420528100,420528,其他,1,4,0,0,20,60,",
    "530828200001,勐朗村,530828200,530828,安置点,1,5,0,0,8,25,1054",
]
HOUSEHOLDS = [
    "户编码,行政村代码,户属性,人口数,识别年度,脱贫年度,备注",
    "H1,420528100001,脱贫户,3,2014,2018,甲",
    "H2,420528100001,E,4,2014,2019,",
    "H3,420528100001,未脱贫户,2,2015,,乙",
    "H4,420528100002,脱贫户,4,2014,2018,",
    "L1,530828200001,脱贫户,5,2016,2019,",
]
TOTALS = [
    "county_adcode,persons_e,persons_p,persons_n,persons_rural,document,simulated",
    "420528,11,2,90,103,made up,1",
    "530828,5,0,25,30,made up,1",
]
MEMBERS = [
    "household_id,person_code,birth_month,on_card",
    *(f"H1,M1{place},19{place}0-05,1" for place in (4, 7, 9)),
    *(f"H2,M2{place},19{place}0-05,1" for place in (4, 7, 8, 9)),
    "H3,M31,1950-01,是",
    "H3,M32,1951-12,否",
    *(f"H4,M4{place},19{place}0-05,1" for place in (4, 7, 8, 9)),
    *(f"L1,M5{place},19{place}0-05,1" for place in (4, 6, 7, 8, 9)),
]
LINES = {"villages": VILLAGES, "households": HOUSEHOLDS, "totals": TOTALS, "members": MEMBERS}


def a_register(folder: Path, **changed: list[str] | bytes) -> dict[str, Path]:
    """Write the files of a register; a changed role takes other lines or bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {}
    for role, lines in {**LINES, **changed}.items():
        paths[role] = folder / f"{role}.csv"
        text = lines if isinstance(lines, bytes) else ("\n".join(lines) + "\n").encode()
        paths[role].write_bytes(text)
    return paths


def a_frame(folder: Path, **changed: list[str] | bytes) -> Frame:
    return import_register(**a_register(folder / "received", **changed), out=folder / "frame")


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def replaced(lines: list[str], number: int, old: str, new: str) -> list[str]:
    assert old in lines[number]
    return [*lines[:number], lines[number].replace(old, new), *lines[number + 1 :]]


def test_frame_holds_what_the_register_said(tmp_path: Path) -> None:
    frame = a_frame(tmp_path)

    changyang = frame.households("420528")
    assert frame.counties == ("420528", "530828")
    assert frame.simulated
    assert frame.villages["village_type"].to_list() == ["poor", "other", "relocation"]
    assert frame.villages["elevation_m"].to_list() == [310.5, None, 1054.0]
    assert changyang["household_id"].to_list() == ["H1", "H2", "H3", "H4"]
    assert changyang["household_class"].to_list() == ["E", "E", "P", "E"]
    assert changyang["exit_year"].to_list() == [2018, 2019, None, 2018]
    assert changyang["备注"].to_list() == ["甲", None, "乙", None]
    assert frame.households("530828")["persons"].to_list() == [5]
    assert frame.totals["persons_rural"].to_list() == [103, 30]
    members = frame.members("420528")
    assert members is not None
    assert members.filter(pl.col("household_id") == "H3")["on_card"].to_list() == [True, False]
    assert frame.manifest["warnings"] == []


def test_manifest_hashes_can_be_recomputed_by_hand(tmp_path: Path) -> None:
    frame = a_frame(tmp_path)

    files = bytes_of(frame.folder)
    manifest = json.loads(files.pop("manifest.json"))
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    lines = "".join(f"{name} {sums[name]}\n" for name in sorted(sums))
    of_households = "".join(
        f"{name} {sums[name]}\n" for name in sorted(sums) if name.startswith("households/")
    )
    assert {name: entry["sha256"] for name, entry in manifest["files"].items()} == sums
    assert manifest["schema"] == "frame/1"
    assert manifest["frame_sha256"] == hashlib.sha256(lines.encode()).hexdigest()
    assert manifest["households_sha256"] == hashlib.sha256(of_households.encode()).hexdigest()
    assert manifest["villages_sha256"] == sums["villages.parquet"]
    received = (tmp_path / "received" / "villages.csv").read_bytes()
    assert manifest["inputs"]["villages"] == hashlib.sha256(received).hexdigest()


def test_order_of_rows_and_columns_does_not_matter(tmp_path: Path) -> None:
    first = a_frame(tmp_path / "a")
    chance = random.Random(7)

    def shuffled(lines: list[str]) -> list[str]:
        rows = [line.split(",") for line in lines]
        body = rows[1:]
        chance.shuffle(body)
        order = list(range(len(rows[0])))
        chance.shuffle(order)
        return [",".join(row[place] for place in order) for row in (rows[0], *body)]

    second = a_frame(tmp_path / "b", **{role: shuffled(lines) for role, lines in LINES.items()})

    assert second.sha256 == first.sha256
    one, other = bytes_of(first.folder), bytes_of(second.folder)
    assert {name: one[name] for name in one if name != "manifest.json"} == {
        name: other[name] for name in other if name != "manifest.json"
    }


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_encodings_and_line_ends_give_the_same_frame(
    tmp_path: Path, encoding: str, line_end: str
) -> None:
    plain = a_frame(tmp_path / "plain")

    other = a_frame(
        tmp_path / "other",
        **{role: line_end.join(lines).encode(encoding) for role, lines in LINES.items()},
    )

    assert other.sha256 == plain.sha256


def test_spreadsheet_and_parquet_give_the_same_frame(tmp_path: Path) -> None:
    plain = a_frame(tmp_path / "plain")
    paths = a_register(tmp_path / "other")
    book = openpyxl.Workbook()
    for line in VILLAGES:
        cells = line.split(",")
        book.worksheets[0].append(
            [
                int(cell) if cell.isdigit() and place > 4 else cell or None
                for place, cell in enumerate(cells)
            ]
        )
    book.save(tmp_path / "villages.xlsx")
    data = pl.read_csv(paths["households"], infer_schema=False)
    numbers = pl.col("人口数", "识别年度", "脱贫年度").cast(pl.Int32)
    data.with_columns(numbers).write_parquet(tmp_path / "households.parquet")

    other = import_register(
        tmp_path / "villages.xlsx",
        tmp_path / "households.parquet",
        paths["totals"],
        members=paths["members"],
        out=tmp_path / "frame",
    )

    assert other.sha256 == plain.sha256


WARNINGS: dict[str, tuple[dict[str, list[str] | bytes], str]] = {
    "totals off": (
        {"totals": replaced(TOTALS, 1, ",11,2,90,103,", ",12,2,90,104,")},
        'totals.csv row 2 column "persons_e": county 420528, class E: 12 persons in the totals, '
        "11 in the households",
    ),
    "class N off": (
        {"totals": replaced(TOTALS, 1, ",90,103,", ",91,104,")},
        'totals.csv row 2 column "persons_n": county 420528, class N: 91 persons in the totals, '
        "90 in the villages",
    ),
    "village count off": (
        {"villages": replaced(VILLAGES, 1, ",2,7,1,2,", ",3,7,1,2,")},
        'villages.csv row 2 column "脱贫户数": village 420528100001, class E: 3 households in the '
        "village file, 2 in the household file",
    ),
    "village persons off": (
        {"villages": replaced(VILLAGES, 1, ",1,2,10,", ",1,3,10,")},
        'villages.csv row 2 column "未脱贫人口": village 420528100001, class P: 3 persons in the '
        "village file, 2 in the household file",
    ),
    "old person": (
        {"members": replaced(MEMBERS, 8, "1950-01", "1909-01")},
        'members.csv row 9 column "birth_month": born 1909-01, 110 years old by 2019; check',
    ),
    "born after the register": (
        {"members": replaced(MEMBERS, 8, "1950-01", "2020-01")},
        'members.csv row 9 column "birth_month": born 2020-01, after the last year of the '
        "register, 2019",
    ),
    "members do not match": (
        {"members": MEMBERS[:-1]},
        'households.csv row 6 column "人口数": household L1: 5 persons, 4 in the member file',
    ),
    "large household": (
        {"households": replaced(HOUSEHOLDS, 5, ",5,", ",16,")},
        'households.csv row 6 column "人口数": 16 persons in a household; check',
    ),
    "odd year": (
        {"households": replaced(HOUSEHOLDS, 5, ",2016,", ",2004,")},
        'households.csv row 6 column "识别年度": year 2004 is outside the years of registration '
        "(2013 to 2021)",
    ),
    "exit year of a household that did not exit": (
        {"households": replaced(HOUSEHOLDS, 3, ",2015,,", ",2015,2019,")},
        'households.csv row 4 column "脱贫年度": a household of class P has an exit year, 2019',
    ),
    "personal data": (
        {"households": replaced(HOUSEHOLDS, 0, "备注", "户主姓名")},
        'households.csv column "户主姓名": looks like personal data and will stay in the frame as '
        "it is",
    ),
    "totals of a county without villages": (
        {"totals": [*TOTALS, "530829,1,1,1,3,made up,1"]},
        'totals.csv row 4 column "county_adcode": county 530829 has no village; its totals are '
        "left out",
    ),
    "village without households": (
        {"villages": [*VILLAGES, "530828200002,空村,530828200,530828,其他,0,0,0,0,0,0,"]},
        'villages.csv row 5 column "行政村代码": a village without households',
    ),
    "more households than persons": (
        {"villages": replaced(VILLAGES, 3, ",8,25,", ",26,25,")},
        'villages.csv row 4 column "一般人口": 26 households but 25 persons',
    ),
}


@pytest.mark.parametrize("kind", WARNINGS)
def test_what_is_odd_is_kept_as_a_warning(kind: str, tmp_path: Path) -> None:
    changed, expected = WARNINGS[kind]

    frame = a_frame(tmp_path, **changed)

    assert expected in [warning["en"] for warning in frame.manifest["warnings"]]
    assert all(warning["zh"] != warning["en"] for warning in frame.manifest["warnings"])


def test_rounded_ids_are_suspected(tmp_path: Path) -> None:
    ids = [f"42052810000{place}00000000" for place in range(1, 6)]
    rows = [
        HOUSEHOLDS[0],
        *(
            f"{number},{line.split(',', 1)[1]}"
            for number, line in zip(ids, HOUSEHOLDS[1:], strict=True)
        ),
    ]
    paths = a_register(tmp_path / "received", households=rows)
    del paths["members"]

    frame = import_register(**paths, out=tmp_path / "frame")

    assert [warning["code"] for warning in frame.manifest["warnings"]] == ["frame.rounded_ids"]


def test_same_frame_again_is_no_conflict(tmp_path: Path) -> None:
    first = a_frame(tmp_path)
    before = bytes_of(first.folder)

    again = a_frame(tmp_path, households=[HOUSEHOLDS[0], *reversed(HOUSEHOLDS[1:])])

    assert again.sha256 == first.sha256
    assert bytes_of(first.folder) == before


def test_another_frame_never_replaces_one(tmp_path: Path) -> None:
    first = a_frame(tmp_path)
    before = bytes_of(tmp_path / "frame")

    with pytest.raises(SamplingError) as refusal:
        a_frame(tmp_path, households=replaced(HOUSEHOLDS, 1, ",甲", ",丙"))

    assert refusal.value.code == "file.folder_in_use"
    assert bytes_of(tmp_path / "frame") == before
    assert load_frame(first.folder).sha256 == first.sha256
    assert sorted(path.name for path in tmp_path.iterdir()) == ["frame", "received"]


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "frame").mkdir()
    (tmp_path / "frame" / "letter.txt").write_text("dear county", encoding="utf-8")

    with pytest.raises(SamplingError, match="already holds something else"):
        a_frame(tmp_path)

    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == [
        "households.csv",
        "letter.txt",
        "members.csv",
        "totals.csv",
        "villages.csv",
    ]


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = a_register(tmp_path / "received")
    before = sorted(tmp_path.rglob("*"))
    calls = 0

    def failing(handle: int) -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(OSError, match="No space left"):
        import_register(**paths, out=tmp_path / "deep" / "down" / "frame")

    assert sorted(tmp_path.rglob("*")) == before


def flip_a_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def edit_manifest(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    manifest = json.loads(text)
    path.write_text(text.replace(manifest["frame_sha256"], "0" * 64), encoding="utf-8")


TAMPERING: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "changed": (
        "households/420528.parquet",
        flip_a_byte,
        "households/420528.parquet: differs from the manifest",
    ),
    "gone": (
        "households/530828.parquet",
        Path.unlink,
        "households/530828.parquet: named in the manifest, but not there",
    ),
    "added": (
        "households/530829.parquet",
        lambda path: path.write_bytes(b"PAR1"),
        "households/530829.parquet: not named in the manifest",
    ),
    "hash of the whole edited": (
        "manifest.json",
        edit_manifest,
        "manifest.json: the hashes in the manifest do not add up",
    ),
    "manifest gone": ("manifest.json", Path.unlink, "frame: no manifest.json: not a frame"),
    "manifest damaged": (
        "manifest.json",
        lambda path: path.write_text("{", encoding="utf-8"),
        "frame/manifest.json: manifest.json cannot be read",
    ),
}


@pytest.mark.parametrize("kind", TAMPERING)
def test_load_names_the_file_that_was_touched(kind: str, tmp_path: Path) -> None:
    name, touch, expected = TAMPERING[kind]
    frame = a_frame(tmp_path)
    touch(frame.folder / name)

    with pytest.raises(FrameError) as refusal:
        load_frame(frame.folder)

    assert str(refusal.value.faults[0]).partition(" | ")[2].startswith(expected)
    assert len(refusal.value.faults) == 1


def test_a_county_outside_the_frame_is_named(tmp_path: Path) -> None:
    frame = a_frame(tmp_path)

    with pytest.raises(FrameError, match="county 110101 is not in the frame"):
        frame.households("110101")
