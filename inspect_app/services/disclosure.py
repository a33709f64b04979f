"""The gate of publication: no edition is issued from which a household could be read.

What fails is made coarser by rule and recorded in the document, never mended by hand: first groups
merge, then townships lose their response. What still fails is not issued.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from inspect_app.rules.errors import PublicationLeaks
from inspect_app.services import editions
from inspect_app.services.attackers import Secrets, published, reader, secrets
from inspect_app.services.documents import NONCE_BYTES, digest, to_bytes
from inspect_app.services.estimates import CountyData
from inspect_app.services.printed import LEAST
from sampling.disclosure import Attacker, Known, Leak, Target

ABOUT = ("fallen", "missed", "against")


def public_edition(data: CountyData, full: Mapping[str, Any]) -> dict[str, Any]:
    """Derive the public edition, its groups merged until nothing is given away.

    Raises
    ------
    PublicationLeaks : something is, with no group left to merge
    UntracedNumber : the edition holds a figure that no rule knows
    """
    kept, classes = secrets(data), editions.sizes(full)
    document = editions.public(full, editions.whole(classes) if kept.has_few_cases else None)
    while found := first_leaks(kept, document):
        groups = [(first, last) for first, last in document["disclosure"]["groups"]]
        if not groups:
            raise PublicationLeaks(str(found[0]))
        document = editions.public(full, editions.coarser(groups, (), classes))
    refuse_guessable(full, document)
    return document


def refuse_guessable(full: Mapping[str, Any], document: Mapping[str, Any]) -> None:
    """Refuse a public edition beside which a guess at what is withheld could be confirmed.

    The digest of the full edition is known to many; the few counts that it withholds could be
    tried out one after the other, were there not the nonce. Nor may the public edition hold a
    digest that stands for withheld content alone.

    Raises
    ------
    PublicationLeaks : the nonce is missing, short or public, or such a digest is
    """
    nonce = str(full.get("nonce", ""))
    if len(nonce) < 2 * NONCE_BYTES:
        raise PublicationLeaks("The full edition has no nonce to hide behind.")
    written = to_bytes(document).decode()
    bare = {key: value for key, value in full.items() if key != "nonce"}
    guessable = [digest(to_bytes({key: value})) for key, value in full.items()]
    guessable += [digest(to_bytes(value)) for value in full.values() if isinstance(value, dict)]
    withheld = [nonce, digest(to_bytes(bare)), full["provenance"]["interviews_sha256"], *guessable]
    if any(one in written for one in withheld):
        raise PublicationLeaks("The public edition holds a digest of what it withholds.")


def first_leaks(
    kept: Secrets, document: Mapping[str, Any], more: Sequence[Known] = ()
) -> list[Leak]:
    """Return something that a reader of an edition learns; nothing, if nothing is learnt.

    more : figures held beside the edition, as from another one or from a chart
    """
    if not published(kept, document) and not more:
        return []  # nothing but the county's own result, which is the measure of all else
    found = reader(kept, document, *more).first_leak(kept.targets(*ABOUT))
    return [] if found is None else [found]


def restrained(data: CountyData, content: Mapping[str, Any]) -> dict[str, Any]:
    """Take the response of townships out of a full edition that would tell who refused.

    Raises
    ------
    PublicationLeaks : it would even then
    """
    document = dict(content)
    if refusals_leak(data, document):
        rows = [{**row, "response": None} for row in document["townships"]]
        document = {**document, "townships": rows}
        if found := refusals_leak(data, document):
            raise PublicationLeaks(str(found[0]))
    return document


def refusals_leak(
    data: CountyData, document: Mapping[str, Any], more: Sequence[Known] = ()
) -> list[Leak]:
    """Return what the county learns of refusals from the full edition, the larger of the two.

    It knows who was to be asked, and how many did not answer in all. Those who refused are unknown
    among those who did not answer, `r/…` beside `o/…`, by village and by whether class P or not.
    """
    villages = _asked(data)
    most = {f"{why}/{name}": asked for name, asked in villages.items() for why in "ro"}
    missing = {name: {f"r/{name}": 1.0, f"o/{name}": 1.0} for name in villages}
    known = [
        Known("asked", missing[name], 0, asked, official=True) for name, asked in villages.items()
    ]
    silent = _silent(data)
    known.append(Known("county", _all(missing, villages), silent, silent, official=True))
    for place in data.places:
        here = [name for name in villages if name.split("/")[0] in place.domain.villages]
        measured = [name for name in here if name.endswith("/EN")]
        about = _all(missing, measured), sum(villages[name] for name in measured)
        if place.kind == "town":
            (row,) = (one for one in document["townships"] if one["town_code"] == place.code)
            if row["incidence"] is not None:
                known.append(_unmeasured(f"township {place.code}", row["incidence"], *about))
            if row["response"] is not None:
                asked = sum(villages[name] for name in here)
                known.append(_response(row, _all(missing, here), asked))
        else:
            known += _measured(document, place.kind, place.code, *about)
    examples = [_split(data, villages, why) for why in "ro"]
    attacker = Attacker(most, [*known, *more], examples)
    by_place = {
        f"refusals {place.kind} {place.code}": frozenset(
            f"r/{name}" for name in villages if name.split("/")[0] in place.domain.villages
        )
        for place in data.places
    }
    by_village = {
        f"refusals village {village}": frozenset(
            name for name in most if name.startswith(f"r/{village}/")
        )
        for village in sorted({name.split("/")[0] for name in villages})
    }
    targets = [Target(what, parts) for what, parts in {**by_place, **by_village}.items() if parts]
    return attacker.leaks(targets)


def _asked(data: CountyData) -> dict[str, int]:
    """Households in scope by village and whether of class P."""
    return _by_village(data.interviews.filter(pl.col("outcome") != "out_of_scope"))


def _by_village(households: pl.DataFrame) -> dict[str, int]:
    rows = households.with_columns(
        part=pl.when(pl.col("household_class") == "P").then(pl.lit("P")).otherwise(pl.lit("EN"))
    )
    counted = rows.group_by("psu", "part").len().sort("psu", "part")
    return {f"{psu}/{part}": count for psu, part, count in counted.iter_rows()}


def _split(data: CountyData, villages: Mapping[str, int], why: str) -> dict[str, int]:
    """Let all who did not answer have refused, or none of them."""
    answered = _by_village(data.interviews.filter(pl.col("outcome") == "respondent"))
    other = "o" if why == "r" else "r"
    missing = {f"{why}/{name}": n - answered.get(name, 0) for name, n in villages.items()}
    return missing | {f"{other}/{name}": 0 for name in villages}


def _silent(data: CountyData) -> int:
    in_scope = data.interviews.filter(pl.col("outcome") != "out_of_scope")
    return in_scope.filter(pl.col("outcome") != "respondent").height


def _all(terms: Mapping[str, Mapping[str, float]], names: Iterable[str]) -> dict[str, float]:
    return {unknown: c for name in names for unknown, c in terms[name].items()}


def _response(row: Mapping[str, Any], terms: Mapping[str, float], asked: int) -> Known:
    """What a response says; that it is a range says that no more than `LEAST` are missing."""
    low, high = row["response"]["low"], row["response"]["high"]
    what = f"response of {row['town_code']}"
    if low < high:
        return Known(what, terms, 0, min(LEAST, asked))
    ends = (asked * (1 - high - 0.005), asked * (1 - low + 0.005))
    return Known(what, terms, max(LEAST + 1, ends[0]), ends[1])


def _measured(
    document: Mapping[str, Any], kind: str, code: str, terms: Mapping[str, float], asked: int
) -> list[Known]:
    """What the figures of a stratum or run say of the households that were not measured there."""
    rows = document["strata" if kind == "stratum" else "runs"]
    found = [one["estimate"] for one in rows if one["stratum"] == code]
    return [_unmeasured(f"{kind} {code}", one, terms, asked) for one in found]


def _unmeasured(
    what: str, estimate: Mapping[str, Any], terms: Mapping[str, float], asked: int
) -> Known:
    """How many are missing by an estimate, which names a number that at least were measured.

    Where nothing was found the effective size times the design effect is the number measured, if
    they rest on it; they are to rest on the number named.
    """
    named, size, deff = estimate["n"], estimate["n_eff"], estimate["deff"]
    most = max(asked - named, 0)
    product = size * deff
    if estimate["se"] == 0 and product > named + 1:
        unit = product * (0.005 / deff + (1 / size if isinstance(size, int) else 0))
        return Known(what, terms, max(asked - product - unit, 0), min(asked - product + unit, most))
    return Known(what, terms, 0, most)
