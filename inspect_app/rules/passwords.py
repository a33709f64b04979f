"""Which passwords people may have: long enough, and not what a guesser tries first.

Nothing is asked about signs and capitals: such rules make passwords shorter and no harder.
"""

import unicodedata

from inspect_app.rules.errors import PasswordRefused
from inspect_app.rules.roles import SHORTEST_PASSWORD

LONGEST_PASSWORD = 200
FEWEST_DIFFERENT = 5

# What guessers try first, without the figures and signs that people put around it.
_WORDS = """
password passwort motdepasse contrasena passw0rd p@ssw0rd p@ssword pa55word pass passwd
qwerty qwertyui qwertyuiop qwertz azerty asdf asdfgh asdfghjkl zxcvbn zxcvbnm qazwsx qazwsxedc
1qaz2wsx 1qaz2wsx3edc 1q2w3e4r 1q2w3e4r5t q1w2e3r4 q1w2e3r4t5 zaq12wsx qweasd qweasdzxc asdasd
abc abcd abcdef abcdefg abcdefgh abcdefghij abcabc aaa aaaa aaaaa aa a qq qwe qweqwe asd zxc
letmein welcome admin administrator root superuser user guest test tester testing default
changeme changeit secret topsecret login access master server system oracle manager
iloveyou loveyou iloveyouforever lovely sunshine princess football baseball basketball dragon
monkey superman batman trustno michael jordan jennifer computer internet starwars whatever
correcthorsebatterystaple
woaini woaiwojia woaini1314 wodemima mima nihao nihaoma woshishui zhongguo china beijing
shanghai chongqing fupin tuopin jianpang pinkun xiangcun nongcun xiaokang jianka
inspection exitinspection exit poverty county village
我爱你 密码 我的密码 中国 扶贫 脱贫 脱贫攻坚 中华人民共和国
"""
COMMON_WORDS = frozenset(_WORDS.split())
AROUND = "0123456789!@#$%^&*()_+-=.,;:?~ 　！。，"
ROWS = (
    "01234567890123456789",
    "98765432109876543210",
    "abcdefghijklmnopqrstuvwxyz",
    "zyxwvutsrqponmlkjihgfedcba",
    "qwertyuiopasdfghjklzxcvbnm",
    "poiuytrewqlkjhgfdsamnbvcxz",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
    "31415926535897932384626433832795",
)


def acceptable(password: str, *, login: str) -> str:
    """Return the password in the form that is hashed (NFC).

    Raises
    ------
    PasswordRefused : it would be guessed; `reasons` names all that is wrong
    """
    normal = normalised(password)
    reasons = [code for code, fails in _faults(normal, login.casefold()) if fails]
    if reasons:
        raise PasswordRefused("This password would be guessed; choose another.", reasons=reasons)
    return normal


def normalised(password: str) -> str:
    """Return one spelling of a password, however a keyboard composes its signs."""
    return unicodedata.normalize("NFC", password)


def _faults(password: str, login: str) -> list[tuple[str, bool]]:
    folded = password.casefold()
    return [
        ("too_short", len(password) < SHORTEST_PASSWORD),
        ("too_long", len(password) > LONGEST_PASSWORD),
        ("too_few_signs", len(set(folded)) < FEWEST_DIFFERENT),
        ("is_login", bool(login) and folded.strip(AROUND) in (login, login[::-1])),
        ("common", _is_common(folded)),
    ]


def _is_common(folded: str) -> bool:
    bare = folded.strip(AROUND)
    return (
        folded in COMMON_WORDS
        or bare in COMMON_WORDS
        or bare == ""
        or any(folded in row for row in ROWS)
        or _repeats(folded)
    )


def _repeats(folded: str) -> bool:
    """Whether the password is a shorter one, of at most five signs, written again and again."""
    return any(
        folded == (folded[:n] * (len(folded) // n + 1))[: len(folded)]
        for n in range(1, len(folded) // 2 + 1)
        if n <= FEWEST_DIFFERENT
    )
