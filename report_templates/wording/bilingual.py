"""Words in both languages, and how they are looked up by code."""

from __future__ import annotations

from typing import NamedTuple


class Bilingual(NamedTuple):
    """The same thing said in Chinese and in English."""

    zh: str
    en: str


class UnknownWording(LookupError):
    """A code of the sheet for which no words are agreed."""

    def __init__(self, table: str, code: str) -> None:
        super().__init__(f"没有措辞：{table} {code} | no wording for {table} {code}")


def words(table: dict[str, Bilingual], name: str, code: str) -> Bilingual:
    """Look a code up, and name table and code when it is not there."""
    try:
        return table[code]
    except KeyError:
        raise UnknownWording(name, code) from None


def table(**rows: tuple[str, str]) -> dict[str, Bilingual]:
    """Return a table whose codes are plain names."""
    return dotted(rows)


def dotted(rows: dict[str, tuple[str, str]]) -> dict[str, Bilingual]:
    """Return a table whose codes may hold dots."""
    return {code: Bilingual(*row) for code, row in rows.items()}
