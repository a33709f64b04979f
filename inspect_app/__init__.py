"""Exit inspection: the server. `create_app` is the one place where its parts meet."""

import os
from importlib import import_module

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from inspect_app.settings import Settings, SettingsError
from inspect_app.version import VERSION

__version__ = VERSION

NOUNS = (
    "accounts",
    "invitations",
    "campaigns",
    "publication",
    "samples",
    "assignments",
    "sheets",
    "questionnaires",
    "devices",
    "sync",
    "couriers",
    "quarantine",
    "blobs",
    "ledger",
    "interviews",
    "cases",
    "notices",
    "revisits",
    "verdicts",
    "validity",
    "annexes",
    "verify",
    "exports",
    "health",
)


def create_app(settings: Settings) -> Flask:
    """Build the application from its settings: database, problems, requests, API."""
    from inspect_app import logs, pages, problems, requests
    from inspect_app.api.openapi import ProblemApi, reading_page
    from inspect_app.extensions import (
        address,
        db,
        engine_options,
        keep_private,
        make_sqlite_honest,
        migrate,
    )
    from inspect_app.services import records

    logs.configure()
    url = address(settings)
    app = requests.PlainFlask(__name__, static_folder=None)
    app.config.update(
        SETTINGS=settings,
        SQLALCHEMY_DATABASE_URI=url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings, url),
        MAX_CONTENT_LENGTH=settings.limits.request_bytes,
        API_TITLE="贫困县退出专项评估检查 Exit inspection",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
    )
    # A second slash is another address; the redirect would be a page, as of a captive portal.
    app.url_map.merge_slashes = False
    app.json = requests.QuickJson(app)
    import_module("inspect_app.models")
    db.init_app(app)
    migrate.init_app(app, db, directory=str(requests.PACKAGE / "migrations"))
    with app.app_context():
        if url.get_backend_name() == "sqlite":
            keep_private(db.engine)
            make_sqlite_honest(db.engine)
        records.sign_with(db.engine, settings)
        if settings.demo:
            _mark_demonstration(settings)
    requests.install(app, settings)
    problems.install(app)
    if settings.proxies:
        # As many steps as are ours: whatever stood in the headers before is the caller's own tale.
        near = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=near, x_proto=near)  # type: ignore[method-assign]
    api = ProblemApi(app)
    for noun in NOUNS:
        api.register_blueprint(import_module(f"inspect_app.api.{noun}").blueprint)
    app.register_blueprint(reading_page(api))
    app.register_blueprint(import_module("inspect_app.api.metrics").blueprint)
    pages.install(app)
    return app


def _mark_demonstration(settings: Settings) -> None:
    """Refuse to play on real data, and leave a mark that keeps real data away for good.

    In a demonstration requests carry their own time, and secrets follow from a printed seed.

    Raises
    ------
    SettingsError : the database holds a campaign that is not marked simulated
    """
    from sqlalchemy import inspect

    from inspect_app.extensions import db
    from inspect_app.services import campaigns

    is_real = inspect(db.engine).has_table("campaigns") and campaigns.any_real(db.session())
    db.session.remove()
    db.engine.dispose()  # the process may yet fork, or end here
    if is_real:
        raise SettingsError(
            "数据目录中有真实评估活动，不能以演示方式启动 | "
            "the data folder holds a real campaign; it cannot be served as a demonstration"
        )
    settings.demonstration_mark.touch()


def from_environment() -> Flask:
    """Build the application from the environment: what a production server calls."""
    return create_app(Settings.from_environment(os.environ))
