"""Real places carried by the demonstration: all of them there, and what is missing said by name."""

import pytest

from inspect_app.demo import places
from inspect_app.demo.errors import SENTENCES, DemoError


def test_all_832_counties_are_carried_and_831_have_a_code() -> None:
    listed = places.counties()
    coded = [county.adcode for county in listed if county.adcode]
    assert len(listed) == 832
    assert len(set(coded)) == 831


def test_yearly_exits_are_those_announced() -> None:
    years = [county.exit_year for county in places.counties()]
    assert [years.count(year) for year in range(2016, 2021)] == [28, 125, 283, 344, 52]


def test_a_county_is_found_by_code_and_by_its_chinese_name() -> None:
    by_code = places.find_county("420528")
    assert by_code.name_zh == "长阳土家族自治县"
    assert (by_code.threshold_group, by_code.exit_year) == ("central_2pct", 2019)
    assert by_code.rural_pop_2020 == 210273
    assert places.find_county("长阳土家族自治县") == by_code


def test_villages_and_townships_of_a_county_carry_codes_as_text() -> None:
    villages, townships = places.villages("530828"), places.townships("530828")
    assert villages.height == places.find_county("530828").n_villages
    assert set(villages["village_code"].str.len_chars()) == {12}
    assert set(villages["town_code"]) <= set(townships["town_code"])
    assert townships["lat"].is_between(22, 24).all()


@pytest.mark.parametrize("unknown", ["999999", "", "42052", "长阳", "42052x"])
def test_an_unknown_code_is_refused_in_two_languages(unknown: str) -> None:
    with pytest.raises(DemoError) as refusal:
        places.find_county(unknown)
    assert refusal.value.code == "county.unknown"
    chinese, english = str(refusal.value).split(" | ")
    assert "没有代码" in chinese
    assert "no county" in english


@pytest.mark.parametrize("name", ["冷湖", "冷湖行委"])
def test_the_county_without_code_and_villages_is_refused_by_name(name: str) -> None:
    with pytest.raises(DemoError, match="冷湖行委") as refusal:
        places.find_county(name)
    assert refusal.value.code == "county.without_code"
    assert "632803" in str(refusal.value)


def test_every_refusal_is_one_line_in_two_languages() -> None:
    for chinese, english in SENTENCES.values():
        assert "\n" not in chinese + english
        assert "|" not in chinese + english
        assert english.isascii()
        assert not chinese.isascii()


def test_the_attributions_name_every_source() -> None:
    text = places.attribution()
    for source in ("GeoNames", "CC BY 4.0", "leiii/census", "modood/Administrative-divisions"):
        assert source in text


def test_no_english_name_is_made_from_pinyin():
    assert places.find_county("420528").name_en == "Changyang Tujia Autonomous County"
    assert places.find_county("632823").name_en == ""
