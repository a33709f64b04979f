"""The people of a demonstration: their accounts, their log-ins, and who may be sent where."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from inspect_app.demo.chance import digest
from inspect_app.demo.client import Client
from inspect_app.demo.places import County

# The agency comes from outside the inspected provinces; the first of these that fits is taken.
AGENCY_PROVINCES = ("33", "32", "37", "61")
AGENCY_HOMES = {"33": "330106", "32": "320106", "37": "370102", "61": "610113"}

LOGIN_LASTS = timedelta(hours=20)


def identifier(seed: str, *names: str) -> str:
    """Return the UUID of a thing of this demonstration."""
    return str(UUID(bytes=bytes.fromhex(digest(seed, *names))[:16], version=5))


@dataclass
class Office:
    """People with accounts, each speaking over one connection and logging in every simulated day.

    base_url : address of the server
    seed : of the demonstration; passwords follow from it
    """

    base_url: str
    seed: str
    _clients: dict[str, Client] = field(default_factory=dict)
    _logged_in: dict[str, datetime] = field(default_factory=dict)

    def password(self, login: str) -> str:
        """Return the password of a login."""
        return digest(self.seed, "password", login)[:24]

    def speaks(self, login: str, at: datetime) -> Client:
        """Return the client of a person, logged in at this simulated time."""
        client = self._clients.setdefault(login, Client(self.base_url))
        client.now = at
        if login not in self._logged_in or at - self._logged_in[login] > LOGIN_LASTS:
            client.token = None
            answer = client.post("/logins", {"login": login, "password": self.password(login)})
            client.token = answer["access_token"]
            self._logged_in[login] = at
        return client

    def hire(
        self, campaign_id: str, role: str, login: str, name: str, *, at: datetime, **place: str
    ) -> None:
        """Let the commissioner invite a person, who accepts by setting a password."""
        invitation = self.speaks("commissioner", at).post(
            f"/campaigns/{campaign_id}/invitations",
            {"login": login, "name": name, "role": role, **place},
        )
        person = self._clients.setdefault(login, Client(self.base_url))
        person.now = at
        person.post(
            "/invitations/accounts",
            {"token": invitation["token"], "password": self.password(login)},
        )

    def close(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            client.close()


def agency_province(counties: list[County]) -> str:
    """Return the province of an agency that inspects none of its own counties."""
    inspected = {county.adcode[:2] for county in counties}
    return next(code for code in AGENCY_PROVINCES if code not in inspected)
