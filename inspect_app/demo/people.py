"""The people of a demonstration: their accounts, their log-ins, and who may be sent where."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from inspect_app.demo.chance import digest
from inspect_app.demo.client import Browser, Client
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
    browsing : logins of those who work at a browser
    roles : what those with an account are, by login
    """

    base_url: str
    seed: str
    browsing: frozenset[str] = frozenset()
    roles: dict[str, str] = field(default_factory=lambda: {"commissioner": "commissioner"})
    _clients: dict[str, Client] = field(default_factory=dict)
    _logged_in: dict[str, datetime] = field(default_factory=dict)

    def password(self, login: str) -> str:
        """Return the password of a login."""
        return digest(self.seed, "password", login)[:24]

    def speaks(self, login: str, at: datetime) -> Client:
        """Return the client of a person, logged in at this simulated time."""
        client = self._client(login, at)
        if login not in self._logged_in or at - self._logged_in[login] > LOGIN_LASTS:
            client.log_in(login, self.password(login))
            self._logged_in[login] = at
        return client

    def stranger(self, at: datetime) -> Client:
        """Return a client that says not who it is, as the public's."""
        return self._client("", at)

    def browser(self, login: str, at: datetime) -> Browser:
        """Return the browser of somebody who works at one."""
        client = self.speaks(login, at)
        assert isinstance(client, Browser)  # nosec B101  # one of `browsing`
        return client

    def hire(
        self, campaign_id: str, role: str, login: str, name: str, *, at: datetime, **place: str
    ) -> None:
        """Let the commissioner invite a person, who accepts by setting a password."""
        invitation = self.speaks("commissioner", at).post(
            f"/campaigns/{campaign_id}/invitations",
            {"login": login, "name": name, "role": role, **place},
        )
        self._client(login, at).post(
            "/invitations/accounts",
            {"token": invitation["token"], "password": self.password(login)},
        )
        self.roles[login] = role

    def _client(self, login: str, at: datetime) -> Client:
        if login not in self._clients:
            kind = Browser if login in self.browsing else Client
            self._clients[login] = kind(self.base_url)
        self._clients[login].now = at
        return self._clients[login]

    def close(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            client.close()


def agency_province(counties: list[County]) -> str:
    """Return the province of an agency that inspects none of its own counties."""
    inspected = {county.adcode[:2] for county in counties}
    return next(code for code in AGENCY_PROVINCES if code not in inspected)
