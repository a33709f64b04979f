"""gunicorn's own words in the form of all our logs: one JSON line each, without what was sent."""

import logging
from typing import Any

from gunicorn.glogging import Logger

from inspect_app import logs


class Journal(Logger):  # type: ignore[misc]  # the library carries no types
    """The server's logger, and a place for whatever else the libraries log."""

    def setup(self, cfg: Any) -> None:
        """Put our form on gunicorn's handlers, and catch what has no handler."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(logs.JsonFormatter())
        root = logging.getLogger()
        if not root.handlers:
            handler = logging.StreamHandler()
            handler.setFormatter(logs.JsonFormatter())
            root.addHandler(handler)
