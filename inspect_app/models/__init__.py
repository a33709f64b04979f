"""Tables; importing this package makes all of them known."""

from inspect_app.models import (
    accounts,
    blobs,
    campaigns,
    cases,
    devices,
    interviews,
    invitations,
    ledger,
    papers,
    permanence,
    samples,
    seals,
    signatures,
    verdicts,
)
from inspect_app.models.base import Base

__all__ = [
    "Base",
    "accounts",
    "blobs",
    "campaigns",
    "cases",
    "devices",
    "interviews",
    "invitations",
    "ledger",
    "papers",
    "permanence",
    "samples",
    "seals",
    "signatures",
    "verdicts",
]
