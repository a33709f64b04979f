"""Entry point of a production server: ``gunicorn wsgi:app``."""

import os

from inspect_app import create_app
from inspect_app.settings import Settings

app = create_app(Settings.from_environment(os.environ))
