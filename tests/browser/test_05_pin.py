"""5. A wrong PIN opens nothing, ten bar the phone, and whatever was answered lies there closed."""

import re
from typing import Any

SECRET = "没有人应当读到这一句话"
# Every store of every database, its buffers and files read as bytes, as one text.
DUMP = """async () => {
    const seen = [];
    const read = async (value) => {
        if (value instanceof Blob) return read(await value.arrayBuffer());
        if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
            seen.push(new TextDecoder("utf-8").decode(value));
        } else if (value && typeof value === "object") {
            for (const [name, inner] of Object.entries(value)) {
                seen.push(name);
                await read(inner);
            }
        } else seen.push(String(value));
    };
    for (const { name } of await indexedDB.databases()) {
        const db = await new Promise((done) => {
            indexedDB.open(name).onsuccess = ({target}) => done(target.result);
        });
        for (const store of db.objectStoreNames) {
            const rows = await new Promise((done) => {
                const asked = db.transaction(store).objectStore(store).getAll();
                asked.onsuccess = () => done(asked.result);
            });
            await read(rows);
        }
        db.close();
    }
    for (const [name, value] of Object.entries(localStorage)) seen.push(name, value);
    for (const [name, value] of Object.entries(sessionStorage)) seen.push(name, value);
    return seen.join("\\n");
}"""


def test_what_was_answered_lies_on_the_phone_closed(inspector: Any) -> None:
    done, draft, *_ = inspector.tasks()
    inspector.context.set_offline(True)
    inspector.answer_at_once(done, judgement="at_risk", judgement_reason=SECRET)
    inspector.seal()
    inspector.answer_at_once(draft, judgement="at_risk", judgement_reason=SECRET)

    dump = inspector.page.evaluate(DUMP)

    assert done["unit_id"] in dump  # the dump reads what there is to read
    assert inspector.ops()[0]["body_sha256"] in dump
    assert SECRET not in dump
    assert "135790" not in dump
    assert done["interview_id"] in dump
    assert not re.search(r"signature_a\n[0-9a-f]{64}|wage_local\n[0-9]", dump)


def test_wrong_pins_open_nothing_and_ten_bar_the_phone(inspector: Any) -> None:
    inspector.page.reload()
    field = inspector.page.locator("input[type=password]")
    for left in range(9, 0, -1):
        field.fill("000000")
        inspector.page.locator("form button[type=submit]").click()
        inspector.page.get_by_text(f"还可尝试 {left} 次").wait_for()
        assert inspector.page.evaluate("xf.phone.key") is None
    field.fill("000000")
    inspector.page.locator("form button[type=submit]").click()
    inspector.page.locator(".warning").wait_for()

    inspector.page.reload()

    inspector.page.locator(".warning").wait_for()
    assert "十次" in inspector.page.locator("main").inner_text()
    assert inspector.page.locator("input[type=password]").count() == 0
    assert inspector.page.evaluate("xf.phone.tryPin('135790')") is False
