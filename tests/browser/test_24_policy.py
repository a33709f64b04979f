"""24. A strict policy on every answer of the app, nothing inline, no request to anywhere else."""

from typing import Any
from urllib.parse import urlsplit


def test_the_app_asks_its_own_server_only_and_breaks_no_policy(
    an_inspector: Any, outpost: Any
) -> None:
    inspector = an_inspector(enrolled=False)
    answers: list[Any] = []
    inspector.context.on("response", lambda answer: answers.append(answer))
    inspector.enrol(outpost.send_out())
    task = inspector.tasks()[0]
    for address in inspector.addresses(task):
        inspector.go(address)
    inspector.interview(task)
    inspector.settle()

    assert {urlsplit(answer.url).netloc for answer in answers} == {urlsplit(outpost.url).netloc}
    for answer in answers:
        if "/app/" not in answer.url:
            continue
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'self';"), answer.url
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert (
        inspector.page.evaluate("document.querySelectorAll('script:not([src]), style').length") == 0
    )
    assert inspector.faults == []


def test_the_policy_stops_a_foreign_script(inspector: Any) -> None:
    inspector.page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.src = "https://example.org/x.js";
            document.head.append(script);
            const inline = document.createElement("script");
            inline.textContent = "globalThis.broken = true";
            document.head.append(inline);
        }"""
    )

    assert inspector.page.evaluate("globalThis.broken") is None
    assert sum("Content Security Policy" in fault for fault in inspector.faults) >= 2
