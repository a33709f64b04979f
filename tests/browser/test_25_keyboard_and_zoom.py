"""25. A page is answered by keyboard alone; nothing is cut off at 320 px or twice the size."""

from typing import Any

import pytest

WIDER = """() => [...document.querySelectorAll("body *")]
    .filter((one) => one.getClientRects().length && one.scrollWidth > 0)
    .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
    .map((one) => `${location.hash} ${one.outerHTML.slice(0, 80)}`)"""
SMALL = """() => [...document.querySelectorAll("button, a, input, textarea, .choice")]
    .filter((one) => one.getClientRects().length && !one.closest(".choice input"))
    .filter((one) => !one.matches(".choice input, li a:not(.card), p a:not(.button)"))
    .filter((one) => one.getBoundingClientRect().height < 44)
    .map((one) => `${location.hash} ${one.outerHTML.slice(0, 80)}`)"""


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("width", "percent"), [(320, 100), (320, 200), (640, 200)])
def test_nothing_is_cut_off_and_everything_can_be_hit(
    an_inspector: Any, width: int, percent: int, lang: str
) -> None:
    inspector = an_inspector(viewport={"width": width, "height": 640}, lang=lang)
    inspector.page.evaluate(f"document.documentElement.style.fontSize = '{percent}%'")
    task = inspector.tasks()[0]
    wide, small = [], []
    for address in inspector.addresses(task):
        inspector.go(address)
        wide += inspector.page.evaluate(WIDER)
        small += inspector.page.evaluate(SMALL)

    assert wide == []
    assert small == []


def test_a_page_is_answered_by_keyboard_alone(inspector: Any) -> None:
    task = inspector.tasks()[0]
    inspector.begin(task)
    inspector.go(f"#/i/{task['interview_id']}/attestation")
    press = inspector.page.keyboard.press

    def walk_to(selector: str) -> None:
        for _ in range(200):
            if inspector.page.evaluate("(s) => document.activeElement.matches(s)", selector):
                return
            press("Tab")
        raise AssertionError(f"{selector} cannot be reached")

    walk_to("[data-field=present] input[value=family]")
    press("Space")
    walk_to("[data-field=official_absent] input")
    press("Space")
    walk_to("[data-field=signature_a] input")
    inspector.page.keyboard.type("Li")
    walk_to("[data-field=signature_a] button")
    press("Enter")
    inspector.box("signature_a").get_by_text("已保存").wait_for()
    walk_to("main button.main")
    press("Enter")

    inspector.until("location.hash.endsWith('/household')")
    answers = inspector.page.evaluate("xf.work.interview.answers")
    assert answers["present"] == ["family"]
    assert answers["official_absent"] == "yes"
    assert len(answers["signature_a"]) == 64
    inspector.until("document.activeElement.tagName === 'H1'")
