"""An inspector at a browser: what a person does with the phone app, and what a test looks at."""

import json
import random
import time
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from outpost import Errand, Outpost, sound_answers
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page

PIN = "135790"
PATIENCE = 30.0
PHONE = {"width": 360, "height": 740}


class Inspector:
    """One person with one phone: a page of a browser context of its own."""

    def __init__(self, context: BrowserContext, outpost: Outpost, *, lang: str = "zh") -> None:
        self.context, self.outpost = context, outpost
        self.faults: list[str] = []
        self.page = self.new_page()
        self.page.add_init_script(f"localStorage['xf-language'] ||= '{lang}'")

    def new_page(self) -> Page:
        """Another tab."""
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda line: self._note(line.type, line.text))
        return page

    def _note(self, kind: str, text: str) -> None:
        # What does not load is told by its own request; here it would hide what else is wrong.
        if kind == "error" and not text.startswith("Failed to load resource"):
            self.faults.append(text)

    def until(self, holds: str, value: Any = None, *, page: Page | None = None) -> None:
        """Wait until an expression holds; the library's own waiting would need `eval`."""
        deadline = time.monotonic() + PATIENCE
        while not (page or self.page).evaluate(holds, value):
            assert time.monotonic() < deadline, f"never came true: {holds}"
            time.sleep(0.02)

    # --- coming in ----------------------------------------------------------------------------

    def enrol(self, errand: Errand) -> "Inspector":
        """Come in with the link of a code, and hear of the village that the pair is then given."""
        self.come_in(errand.code)
        self.errand, self.village = errand, self.outpost.give_village(errand)
        self.settle()
        self.until("navigator.serviceWorker.controller !== null")  # from now on it works offline
        return self

    def come_in(self, code: str) -> None:
        """Open the link of a code, enrol, and set a PIN."""
        self.page.goto(f"{self.outpost.url}/app/#e={code}")
        self.page.locator("form button[type=submit]").click()
        self.set_pin()

    def set_pin(self, pin: str = PIN) -> None:
        fields = self.page.locator("input[type=password]")
        fields.nth(1).wait_for()
        fields.nth(0).fill(pin)
        fields.nth(1).fill(pin)
        self.page.locator("form button[type=submit]").click()
        self.page.locator("nav").wait_for()

    def unlock(self, pin: str = PIN) -> None:
        self.page.locator("input[type=password]").fill(pin)
        self.page.locator("form button[type=submit]").click()
        self.page.locator("nav").wait_for()

    def go(self, address: str) -> None:
        """Go to an address of the app, and wait until it is shown."""
        self.page.evaluate(
            """async (address) => {
                if (location.hash !== address) {
                    const heard = new Promise((done) =>
                        addEventListener("hashchange", done, {once: true}));
                    location.hash = address;
                    await heard;
                }
                await xf.show();
            }""",
            address,
        )

    # --- contact ------------------------------------------------------------------------------

    def contact(self, **options: Any) -> str | None:
        """One contact with the server; None, or how it ended."""
        return self.page.evaluate(
            """async (options) => {
                await xf.sync.running;  // a contact under way may have heard all it will hear
                return ((await xf.contact(options)) || {}).code || null;
            }""",
            options,
        )

    def settle(self) -> None:
        """Contact until the phone is in step."""
        ended = self.contact(evenFiles=True)
        assert ended is None, ended

    def come_back(self) -> None:
        """Into signal again, without the contact that the app begins of itself."""
        self.page.evaluate("xf.contactSoon = () => {}")
        self.context.set_offline(False)

    @property
    def device_id(self) -> str:
        return str(self.page.evaluate("xf.phone.device.device_id"))

    def store(self, name: str) -> list[dict[str, Any]]:
        """What a store of the phone holds, without what JSON cannot say."""
        return json.loads(
            self.page.evaluate(
                "async (name) => JSON.stringify(await xf.phone.store.all(name))", name
            )
        )

    def ops(self) -> list[dict[str, Any]]:
        return sorted(self.store("ops"), key=lambda op: op["n"])

    def tasks(self) -> list[dict[str, Any]]:
        """The households that may be visited, in order."""
        found = self.page.evaluate("async () => JSON.stringify(await xf.phone.villages())")
        return [one for village in json.loads(found) for one in village["households"]]

    # --- work ---------------------------------------------------------------------------------

    def begin(self, task: Mapping[str, Any]) -> None:
        """Open the interview of a household."""
        self.go(f"#/i/{task['interview_id']}")

    def answer_at_once(self, task: Mapping[str, Any], **changes: Any) -> None:
        """Give all answers of a sound household without typing; photo and signatures are real."""
        self.begin(task)
        answers = dict(sound_answers(task["household_class"], **changes))
        for name in ("signature_a", "signature_b", "obs_photo"):
            answers.pop(name, None)
        self.page.evaluate(
            """async ([answers, seed]) => {
                const draw = (text) => new Promise((done) => {
                    const canvas = document.createElement("canvas");
                    canvas.width = canvas.height = 64;
                    const pen = canvas.getContext("2d");
                    pen.fillText(text, 5, 30);
                    canvas.toBlob(done, "image/jpeg");
                });
                for (const name of ["signature_a", "signature_b", "obs_photo"]) {
                    const blob = await draw(`${name} ${seed}`);
                    answers[name] = await xf.phone.keepFile(xf.work.key, blob);
                }
                Object.assign(xf.work.interview.answers, answers);
                await xf.work.keep();
            }""",
            [answers, task["unit_id"]],
        )

    def seal(self) -> None:
        """Check and seal the interview that is open."""
        key = self.page.evaluate("xf.work.key")
        self.go(f"#/i/{key}/review")
        self.page.locator("main button.main").click()
        self.until("!xf.work")

    def interview(self, task: Mapping[str, Any], **changes: Any) -> None:
        """A whole interview, answered at once."""
        self.answer_at_once(task, **changes)
        self.seal()

    def record(self, task: Mapping[str, Any], disposition: str, note: str = "") -> None:
        """Record a visit without interview."""
        self.go(f"#/c/{task['interview_id']}")
        self.page.locator(f"input[value={disposition}]").check()
        self.page.locator("textarea").fill(note)
        before = len(self.ops())
        self.page.locator("form button[type=submit]").click()
        self.until("async (n) => (await xf.phone.ops()).length > n", before)

    # --- one question ---------------------------------------------------------------------------

    def box(self, name: str) -> Locator:
        """The question of a field on the page that is shown."""
        return self.page.locator(f"[data-field={name}]")

    def type_into(self, name: str, text: str) -> None:
        """Type an answer key by key."""
        self.box(name).locator("input, textarea").first.press_sequentially(text)

    def take_photo(self, name: str, size: int) -> None:
        """Give the camera's answer: a picture of about so many bytes."""
        picture = {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": a_picture(size)}
        self.box(name).locator("input[type=file]").set_input_files(files=[picture])

    def keep_file(self, name: str, size: int) -> None:
        """Put a file of so many bytes in the place of a photo, as it is."""
        self.page.evaluate(
            """async ([name, size]) => {
                const bytes = new Uint8Array(size);
                for (let at = 0; at < size; at += 65536) {
                    crypto.getRandomValues(bytes.subarray(at, Math.min(size, at + 65536)));
                }
                const blob = new Blob([bytes], {type: "image/jpeg"});
                xf.work.interview.answers[name] = await xf.phone.keepFile(xf.work.key, blob);
                await xf.work.keep();
            }""",
            [name, size],
        )

    def bring_back(self, receipts: Mapping[str, Any], folder: Path) -> None:
        """Import a file of receipts."""
        file = folder / "receipts.json"
        file.write_text(json.dumps(receipts), "utf-8")
        self.page.locator("main input[type=file]").set_input_files(file)

    # --- the browser ----------------------------------------------------------------------------

    def command(self, name: str, **told: Any) -> Any:
        """Tell Chromium something that pages cannot."""
        session = self.context.new_cdp_session(self.page)
        try:
            return session.send(name, told)
        finally:
            session.detach()

    def clear_storage(self) -> None:
        """Do what a browser that needs room does: away with everything of this origin."""
        self.command("Storage.clearDataForOrigin", origin=self.outpost.url, storageTypes="all")

    def addresses(self, task: Mapping[str, Any]) -> list[str]:
        """Every address of the app that somebody at work may see, questions included."""
        self.begin(task)
        blocks = self.page.evaluate("xf.work.form.blocks.map((block) => block.id)")
        self.page.evaluate(
            "async () => { xf.work.interview.answers.members = [{}]; await xf.work.keep(); }"
        )
        own = f"#/i/{task['interview_id']}"
        return [
            "#/",
            f"#/h/{task['interview_id']}",
            f"#/c/{task['interview_id']}",
            own,
            *(f"{own}/{block}" for block in blocks),
            f"{own}/members/0",
            f"{own}/review",
            f"#/r/{self.village}",
            "#/outbox",
            "#/help",
        ]


def a_picture(size: int) -> bytes:
    """A JPEG of noise whose file has about so many bytes."""
    side = max(64, int((size * 1.6) ** 0.5))
    noise = random.Random(size).randbytes(side * side)
    file = BytesIO()
    Image.frombytes("L", (side, side), noise).save(file, "JPEG", quality=80)
    return file.getvalue()
