"""Pages for people: rendered here, in Chinese and English, and without a script to work."""

from importlib import import_module

from flask import Flask

NOUNS = ("county", "supervisor", "visitors")


def install(app: Flask) -> None:
    """Serve the pages, and let their problems be read."""
    from inspect_app.pages import layout, phone, readable, verify

    for noun in NOUNS:
        import_module(f"{__name__}.{noun}")  # adds its views
    app.register_blueprint(layout.blueprint)
    app.register_blueprint(verify.blueprint)
    app.register_blueprint(phone.blueprint)
    readable.install(app)
