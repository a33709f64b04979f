"""Which passwords people may have."""

import pytest

from inspect_app.rules.errors import PasswordRefused
from inspect_app.rules.passwords import acceptable


@pytest.mark.parametrize(
    ("password", "reasons"),
    [
        ("short", ["too_short"]),
        ("x" * 201, ["too_long", "too_few_signs", "common"]),
        ("aaaaaaaaaaaa", ["too_few_signs", "common"]),
        ("1234567890", ["common"]),
        ("0987654321", ["common"]),
        ("password123!", ["common"]),
        ("Password2024", ["common"]),
        ("qwertyuiop", ["common"]),
        ("qwertyuiopasdf", ["common"]),
        ("woaini1314520", ["common"]),
        ("1qaz2wsx3edc", ["common"]),
        ("abcdeabcdeab", ["common"]),
        ("2468101214161820", ["common"]),
        ("我爱你1314520", ["common"]),
        ("zhang-li-hua", ["is_login"]),
        ("ZHANG-LI-HUA2024", ["is_login"]),
        ("auh-il-gnahz", ["is_login"]),
    ],
)
def test_a_password_that_is_tried_first_is_refused(password: str, reasons: list[str]) -> None:
    with pytest.raises(PasswordRefused) as refused:
        acceptable(password, login="zhang-li-hua")

    assert refused.value.extra["reasons"] == reasons
    assert password not in str(refused.value)


@pytest.mark.parametrize(
    "password",
    ["correct horse battery", "山高路远坑深大军纵横", "kV9fqsu2Lm", "x y z w v u t s"],
)
def test_a_long_one_of_its_own_is_taken_as_it_is(password: str) -> None:
    assert acceptable(password, login="zhang") == password


def test_what_a_keyboard_takes_apart_is_put_together() -> None:
    assert acceptable("cafe\u0301 au lait", login="zhang") == "caf\u00e9 au lait"
