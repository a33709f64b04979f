"""Entry point of a production server: ``gunicorn wsgi:app``."""

from inspect_app import from_environment

app = from_environment()
