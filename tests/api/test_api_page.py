"""The API document and the page to read it on, which nobody has to sign in for."""

import json
from typing import Any

from flask import Flask, template_rendered
from flask.testing import FlaskClient

from inspect_app.api.openapi import document


def test_the_page_of_the_api_says_who_may_call(client: FlaskClient) -> None:
    answer = client.get("/api/v1/docs")
    page = answer.get_data(as_text=True)

    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    section = page.partition('id="drawSample"')[2].partition("</section>")[0]
    assert "Roles that may: planner." in section
    assert 'href="#shape-Sealed"' in section
    assert 'id="shape-Sealed"' in page


def test_who_reads_the_document_often_costs_no_more(app: Flask, client: FlaskClient) -> None:
    """Nobody has to sign in for it, and its page takes a fifth of a second to make."""
    made: list[str] = []

    def note(_app: Flask, template: Any, **_: Any) -> None:
        made.append(template.name)

    with template_rendered.connected_to(note, app):
        pages = {client.get("/api/v1/docs").data for _ in range(3)}
    documents = {client.get("/api/v1/openapi.json").data for _ in range(3)}

    assert made == ["api.html"]
    assert len(pages) == len(documents) == 1
    assert json.loads(documents.pop()) == document(app)
