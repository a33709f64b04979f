"""Server CPU of a push: interviews in batches of 20, from received bytes to the answer.

    python benchmarks/push.py [BATCHES]

Prints CPU a batch and an interview (`time.process_time`, the server in this process, SQLite on
disk), beside what reading the answers through marshmallow alone costs, the same for a batch that
is sent again, and the size of a batch before and after gzip.
"""

import gzip
import json
import logging
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1]))

from fieldwork import tasks
from phones import AppWire, a_roster, an_interview
from rehearsal import rehearse

from inspect_app import create_app
from inspect_app.demo.link import Link
from inspect_app.schemas.interviews import parse_body
from inspect_app.settings import Settings

PLAN = "[stage1]\nvillages = 4\nreserve = 1\n[stage2]\ne = 8\nn = 400\np = 2\nreserve = 0\n"
BATCH = 20


def main(batches: int) -> None:
    logging.disable()
    with TemporaryDirectory() as name:
        folder = Path(name)
        phone = rehearse(folder, seed="benchmark", plan=PLAN)
        app = create_app(Settings.for_folder(folder, demo_seed="benchmark"))
        phone.link = Link(AppWire(app))
        village = next(iter(phone.draws))
        phone.seal_roster(village, a_roster(village, households=450))
        phone.push()
        households = [task for task in tasks(phone, "N") if not task.is_reserve]
        first, again = [], []
        client = app.test_client()
        for n in range(batches):
            part = [an_interview(phone, task) for task in households[n * BATCH : (n + 1) * BATCH]]
            plain = json.dumps(phone.envelope(part), ensure_ascii=False).encode()
            packed = gzip.compress(plain, 6)
            headers = {
                "Authorization": f"Bearer {phone.token}",
                "Content-Type": "application/json",
                "Content-Encoding": "gzip",
                "X-Simulated-Time": phone.now.isoformat(),
            }
            for spent in (first, again):
                started = time.process_time()
                answer = client.post("/api/v1/sync/push", data=packed, headers=headers)
                spent.append(time.process_time() - started)
                assert answer.status_code == 200, answer.get_data()
            for sealed in part:
                sealed.result = {"status": "accepted"}
        bodies = [sealed.op["body"] for sealed in part]
        reading = []
        for _ in range(5):
            started = time.process_time()
            for body in bodies:
                parse_body("interview", body)
            reading.append(time.process_time() - started)
        read = median(reading) / BATCH
        for label, spent in (("first", first), ("again", again)):
            whole = median(spent[1:])
            print(
                f"{label}: {whole * 1000:.1f} ms a batch of {BATCH}, "
                f"{whole / BATCH * 1000:.2f} ms an interview, "
                f"{(whole / BATCH - read) * 1000:.2f} ms beyond reading it"
            )
        print(f"reading through marshmallow: {read * 1000:.2f} ms an interview")
        print(f"a batch has {len(plain):,} bytes, {len(packed):,} gzipped")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
