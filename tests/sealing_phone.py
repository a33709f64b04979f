"""A phone without signal, as a program to be killed: it seals visit after visit and says so.

Usage: python sealing_phone.py FOLDER, where its state is kept. A line `draft UNIT` or `sealed OP`
is printed after it is on the flash, and not before.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

from inspect_app.demo.flash import Flash
from inspect_app.demo.link import HttpWire, Link


def main(folder: Path) -> None:
    """Go from household to household, for ever."""
    phone = Flash(folder).restart(Link(HttpWire("http://127.0.0.1:1")), now=datetime.now(UTC))
    units = sorted(phone.tasks)
    say("ready")
    while True:
        n = len(phone.outbox)
        unit_id = units[n % len(units)]
        phone.draft(unit_id, {"disposition": "partial", "note": f"asked {n} questions"})
        say("draft", unit_id, str(n))
        visit_no = 1 + sum(unit_id in sealed.op["body"] for sealed in phone.outbox)
        sealed = phone.seal_contact(unit_id, visit_no=visit_no, disposition="partial")
        say("sealed", sealed.op["op_id"], sealed.op["body_sha256"])


def say(*words: str) -> None:
    sys.stdout.write(" ".join(words) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
