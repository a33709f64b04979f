"""26. The server's own pages work without JavaScript; the app says that it needs it."""

from typing import Any

import pytest


@pytest.mark.parametrize("address", ["/county", "/verify"])
def test_pages_for_people_need_no_script(chromium: Any, outpost: Any, address: str) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()

    page.goto(f"{outpost.url}{address}")

    assert page.locator("h1").first.inner_text()
    form = page.locator("main form, form").last
    assert form.get_attribute("action") is not None or form.get_attribute("method")
    assert page.locator("form input").count() >= 1
    field = page.locator("form input[type=text], form input:not([type])").first
    field.fill("somebody")
    page.locator("form button").last.click()
    assert page.locator("h1").first.inner_text()
    context.close()


def test_the_app_says_that_it_needs_a_script(chromium: Any, outpost: Any) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()

    page.goto(f"{outpost.url}/app/")

    assert "JavaScript" in page.locator("main").inner_text()
    context.close()
