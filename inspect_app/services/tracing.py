"""Every number that a public file shows, traced to a figure of the public edition.

The file is read as it will be handed out. A number may be a figure as printed, part of a date, a
code or a name, or belong to the fixed words of the report; what is none of these stops the issue.
A number counted in households or persons must be a figure: there the fixed words do not help.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from itertools import chain
from typing import Any

from inspect_app.rules.errors import UntracedNumber
from report_templates import record_wording, wording, xmp
from report_templates.charts import AXIS_LABELS
from report_templates.reading import Reading, Text, read

NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
HEX = re.compile(r"(?<![0-9a-zA-Z])[0-9a-f]{8,64}(?![0-9a-zA-Z])")
COUNTED = re.compile(r"^\s*(?:户|人(?!民)|households?|persons?|people)", re.IGNORECASE)
ALONE = re.compile(rf"{NUMBER.pattern}%?")
FIELD = re.compile(r"\{[^}]*\}")
DECIMALS = (0, 1, 2, 3, 4)
SUMMED = ("opened", "completed", "persons")


def trace(pdf: bytes, document: Mapping[str, Any], written: bytes) -> None:
    """Refuse a public file that shows a number not among the figures of its document.

    Parameters
    ----------
    document, written : the public edition, and its bytes, which alone may be attached

    Raises
    ------
    UntracedNumber : a number, or an attachment, from elsewhere
    """
    found = read(pdf)
    for name, content in found.attached.items():
        if content != written:
            raise UntracedNumber(f"{name} is not the document that the file was drawn from.")
    untraced(_texts(found), document, pages=len(found.pages), digests=_digests(written))


def untraced(
    texts: Iterable[Text], document: Mapping[str, Any], *, pages: int, digests: Iterable[str] = ()
) -> None:
    """Refuse texts with a number that is no figure of a document; see `trace`.

    Pages are counted in the furniture only, axes labelled in charts only, and a number that stands
    alone is never a fixed word.
    """
    figures, names = _figures(document), _names(document)
    # A page may say how many of the sentences stand on another one.
    words = names | _fixed() | {Decimal(n) for n in range(len(document["sentences"]) + 1)}
    furniture = words | {Decimal(number) for number in range(1, pages + 1)}
    hexes = " ".join(chain(digests, _strings(document)))
    for text in texts:
        if text.role == "Figure" and text.words.strip() in AXIS_LABELS:
            continue
        fixed = furniture if text.role == "Artifact" else words
        if ALONE.fullmatch(text.words.strip()):
            fixed = names
        plain = HEX.sub(lambda match: "" if match.group() in hexes else match.group(), text.words)
        for match in NUMBER.finditer(plain):
            number = Decimal(match.group().replace(",", ""))
            if number in figures:
                continue
            if COUNTED.match(plain[match.end() :]) or number not in fixed:
                near = plain[max(match.start() - 20, 0) : match.end() + 20].strip()
                raise UntracedNumber(f"{match.group()} in “{near}” is no figure of the document.")


def _texts(found: Reading) -> Iterator[Text]:
    yield from chain(*found.pages)
    yield from (Text(words, "") for words in chain(found.spoken, found.metadata))


def _digests(written: bytes) -> tuple[str, ...]:
    from hashlib import sha256

    return (sha256(written).hexdigest(),)


def _figures(document: Mapping[str, Any]) -> set[Decimal]:
    """Every figure of a document in the forms that a page may give it."""
    found: set[Decimal] = set()
    for value in chain(_numbers(document), _derived(document)):
        exact = Decimal(repr(value))
        for form in (exact, exact * 100):
            found.add(form.normalize())
            found |= {
                form.quantize(Decimal(1).scaleb(-places), rounding=rounding).normalize()
                for places in DECIMALS
                for rounding in (ROUND_HALF_EVEN, ROUND_FLOOR, ROUND_CEILING)
                if isinstance(value, float)
            }
    return {abs(one) for one in found}


def _derived(document: Mapping[str, Any]) -> Iterator[float]:
    """Sums that the page adds up itself, all of them of the county."""
    sample = document["sample"]
    yield from (sum(sample[name].values()) for name in SUMMED)
    flows = document["cases"].values()
    yield from (sum(flow[step] for flow in flows) for step in next(iter(flows), {}))
    for question in document["satisfaction"]:
        shares = question["shares"]
        against = shares.get("dissatisfied", 0.0) + shares.get("very_dissatisfied", 0.0)
        yield round(against, 6)
    confidence = document["rulebook"]["settings"]["confidence"]
    yield round(2 * confidence - 1, 10)
    yield from (0.95, 0.99, 0.01)  # level of annex B; a chance is never printed as certain
    yield from (round(1 - one["threshold"], 10) for one in document["indicators"])
    yield document["campaign"]["poverty_line"]["year"]


def _names(document: Mapping[str, Any]) -> set[Decimal]:
    """Numbers inside names, codes and dates, and the day of release as files write it."""
    stamp = document["campaign"]["release_date"].replace("-", "") + "000000"
    return {
        Decimal(number.replace(",", ""))
        for text in chain(_strings(document), [stamp])
        for number in NUMBER.findall(text)
    }


def _fixed() -> set[Decimal]:
    """Numbers in the fixed words of the report, its fields left out."""
    return {
        Decimal(number.replace(",", ""))
        for module in (wording, record_wording, xmp)
        for table in vars(module).values()
        for text in _strings(table)
        for number in NUMBER.findall(FIELD.sub("", text))
    }


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, Mapping):
        yield from chain.from_iterable(_numbers(one) for one in value.values())
    elif isinstance(value, list | tuple):
        yield from chain.from_iterable(_numbers(one) for one in value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield value


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from chain.from_iterable(_strings(one) for one in value.values())
    elif isinstance(value, list | tuple):
        yield from chain.from_iterable(_strings(one) for one in value)
    elif isinstance(value, str):
        yield value
