"""Whatever happens to the bytes of a register, the answer is a table or a list of faults."""

import random
from pathlib import Path

import pytest

from sampling.errors import FrameError
from sampling.readers import read_table

REGISTER = """\
户编码,行政村代码,户属性,人口数,识别年度,脱贫年度
H1,420528100001,脱贫户,3,2014,2018
H2,420528100001,脱贫户,4,2014,2019
"H3",420528100001,未脱贫户,2,2015,
"""
NASTY = b'",;\r\n\t=\x00\xff\x1f'


def damaged(data: bytes, chance: random.Random) -> bytes:
    spoilt = bytearray(data)
    for _ in range(chance.randint(1, 5)):
        place = chance.randrange(len(spoilt))
        match chance.randrange(3):
            case 0:
                spoilt[place] = chance.choice(NASTY)
            case 1:
                del spoilt[place : place + chance.randint(1, 6)]
            case _:
                spoilt[place:place] = bytes(chance.choices(NASTY, k=2))
    return bytes(spoilt)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_damage_is_read_or_refused_with_a_place(tmp_path: Path, encoding: str) -> None:
    chance = random.Random(20_180_517)
    path = tmp_path / "households.csv"
    refusals = []
    for _ in range(300):
        path.write_bytes(damaged(REGISTER.encode(encoding), chance))
        try:
            data = read_table(path, "households")
        except FrameError as error:
            refusals.append(error)
        else:
            assert data["persons"].is_between(1, 99).all()
            assert data["household_id"].is_unique().all()
    lines = [line for refusal in refusals for line in refusal.lines]
    rows = [fault.row for refusal in refusals for fault in refusal.faults]
    assert len(refusals) > 200
    assert all(" | " in line and "\n" not in line for line in lines)
    assert all(0 <= row <= 20 for row in rows)
