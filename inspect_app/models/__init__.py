"""Tables; importing this package makes all of them known."""

from inspect_app.models import cases, devices, interviews, ledger
from inspect_app.models.base import Base

__all__ = ["Base", "cases", "devices", "interviews", "ledger"]
