"""In which language somebody reads, and how that language writes days, times and sizes."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from flask import Request
from markupsafe import Markup, escape

from inspect_app.pages.texts import TEXTS, WORDS
from inspect_app.rules.chain import CHINA

LANGUAGES = {"zh": "zh-CN", "en": "en"}
COOKIE = "exit-inspection-language"
YEAR_SECONDS = 365 * 24 * 3600


def asked_for(request: Request) -> str | None:
    """Return the language that the address names, None where it names none of ours."""
    named = request.args.get("lang", "")
    return named if named in LANGUAGES else None


def chosen(request: Request) -> "Reader":
    """Return who reads: as the address says, as was chosen before, or as the browser prefers."""
    kept = request.cookies.get(COOKIE, "")
    preferred = request.accept_languages.best_match(["zh", "en"], default="zh")
    return Reader(asked_for(request) or (kept if kept in LANGUAGES else preferred))


@dataclass(frozen=True)
class Reader:
    """Somebody who reads one of the two languages."""

    language: str

    @property
    def tag(self) -> str:
        """The language as a page declares it."""
        return LANGUAGES[self.language]

    @property
    def other(self) -> str:
        """The language not chosen."""
        return "en" if self.language == "zh" else "zh"

    def says(self, code: str, /, **values: object) -> Markup:
        """Put a code into the reader's words."""
        return Markup(escape(self.of(_pair(code)))).format(**values)  # nosec B704  # escaped

    def knows(self, code: str) -> bool:
        """Whether there are words for a code."""
        return code in TEXTS

    def word(self, group: str, name: str) -> str:
        """Put a code of a group into words; one that is newer than the table as it is."""
        return self.of(WORDS[group].get(name, (name, name)))

    def of(self, pair: tuple[str, str] | None) -> str:
        """Choose from a pair of Chinese and English."""
        return pair[self.language == "en"] if pair else ""

    def name(self, zh: str, en: str | None) -> Markup:
        """Write a name in the reader's language; one without a translation as it is."""
        if self.language == "zh":
            return escape(zh)
        return escape(en) if en else Markup('<span lang="zh-CN">{}</span>').format(zh)

    def day(self, of: date) -> Markup:
        """Write a day."""
        return Markup('<time datetime="{}">{}</time>').format(of.isoformat(), self._day(of))

    def moment(self, of: datetime) -> Markup:
        """Write a moment in Beijing time."""
        local = of.astimezone(CHINA)
        said = f"{self._day(local.date())} {local:%H:%M}"
        return Markup('<time datetime="{}">{}</time>').format(local.isoformat("T", "minutes"), said)

    def written(self, text: str) -> Markup:
        """Write a moment that is kept as text, as ledger and phones write it."""
        return self.moment(datetime.fromisoformat(text))

    def deadline(self, of: datetime) -> Markup:
        """Write a deadline in Beijing time; midnight is the end of the day before."""
        local = of.astimezone(CHINA)
        if local.time() != time():
            return self.moment(of)
        said = f"{self._day(local.date() - timedelta(days=1))} 24:00"
        return Markup('<time datetime="{}">{}</time>').format(local.isoformat("T", "minutes"), said)

    def size(self, count: int) -> str:
        """Write how large a file is."""
        if count < 1024:
            return f"{count} B"
        return f"{count / 1024:.0f} KiB" if count < 2**20 else f"{count / 2**20:.1f} MiB"

    def _day(self, of: date) -> str:
        if self.language == "zh":
            return f"{of.year}年{of.month}月{of.day}日"
        return f"{of.day} {MONTHS[of.month - 1]} {of.year}"


MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def _pair(code: str) -> tuple[str, str]:
    group, _, name = code.partition(":")
    return WORDS[group][name] if name else TEXTS[code]
