"""Settings: read from the environment once, typed, without working defaults for secrets."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

DATABASE = "exit-inspection.db"
"""Name of the SQLite file in a data folder."""

PASSWORD_KIB = 64 * 1024
DEMO_PASSWORD_KIB = 8 * 1024
"""The people of a demonstration have passwords that follow from a printed seed."""

SQLITE_SERVES, POSTGRESQL_SERVES = (1, 16), (2, 8)
"""Processes and threads of a server: SQLite has one writer; eight threads share an interpreter
better than thirty-two."""

SIMULATED_BASE = "https://exit-inspection.example"
"""A host that nobody can have: the reports of a demonstration name it in their addresses."""

PROCESSES, THREADS, PROXIES = 64, 128, 8
SHORTEST_TOKEN = 24


class SettingsError(Exception):
    """The server must not start with this environment."""


@dataclass(frozen=True)
class Limits:
    """Limits of one request or one device; a test that needs more raises them openly."""

    ops_per_push: int = 100
    op_body_bytes: int = 64 * 1024
    roster_body_bytes: int = 1024 * 1024
    request_bytes: int = 2 * 1024 * 1024
    expanded_bytes: int = 8 * 1024 * 1024
    manifest_entries: int = 5000
    pull_page: int = 500
    blob_bytes: int = 8 * 1024 * 1024
    archive_bytes: int = 256 * 1024 * 1024
    chunk_bytes: int = 256 * 1024
    pushes_per_minute: int = 60
    chunks_per_minute: int = 600
    tokens_per_minute: int = 30
    guesses_per_minute: int = 30
    disk_free_share: float = 0.10


@dataclass(frozen=True)
class Signing:
    """What verdicts are signed with; none of it has a default that works.

    key : PKCS#12, or a private key in PEM, which its owner alone may read; passphrase : of the key
    chain : PEM of the certificates of a PEM key, its own first; by default in the key's file
    trust : PEM of the authorities that signatures and time stamps are checked against
    revocations : folder of revocation lists (CRL), put into signatures
    stamp_url : time-stamping authority (RFC 3161), with user and password where it wants them
    """

    key: Path | None = None
    passphrase: str | None = field(default=None, repr=False)
    chain: Path | None = None
    trust: Path | None = None
    revocations: Path | None = None
    stamp_url: str | None = None
    stamp_user: str | None = None
    stamp_password: str | None = field(default=None, repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Signing":
        """Read EXIT_INSPECTION_SIGNING_ and EXIT_INSPECTION_STAMP_, as docs/signing.md tells.

        Raises
        ------
        SettingsError : a file or folder that is named is not there
        """

        def path(name: str) -> Path | None:
            text = environment.get(f"EXIT_INSPECTION_SIGNING_{name}", "").strip()
            if text and not Path(text).exists():
                raise SettingsError(
                    f"EXIT_INSPECTION_SIGNING_{name} 所指不存在：{text} | "
                    f"EXIT_INSPECTION_SIGNING_{name} names what is not there: {text}"
                )
            return Path(text) if text else None

        return cls(
            key=path("KEY"),
            passphrase=_secret(environment, "EXIT_INSPECTION_SIGNING_PASSPHRASE"),
            chain=path("CHAIN"),
            trust=path("TRUST"),
            revocations=path("REVOCATIONS"),
            stamp_url=_address(environment, "EXIT_INSPECTION_STAMP_URL"),
            stamp_user=environment.get("EXIT_INSPECTION_STAMP_USER") or None,
            stamp_password=_secret(environment, "EXIT_INSPECTION_STAMP_PASSWORD"),
        )


@dataclass(frozen=True)
class Settings:
    """Everything the server is told from outside.

    data_dir : folder of database, frames, plans and keys
    database_url : SQLAlchemy address; by default SQLite in `data_dir`
    demo_seed : set only in demonstrations; makes the server's secrets follow from it and lets
        requests carry a simulated time; refused by campaigns that are not marked simulated
    password_memory_kib : cost of one password check; tests take less
    proxies : how many proxies in front are ours; only then are their headers believed
    metrics_token : who scrapes from elsewhere shows this; without one only this machine may
    weak_durability_allowed : serve although commits may die with the power; for tests, and shown
    plain_sessions_allowed : browsers of this machine may log in without TLS, as in a demonstration
    workers, threads : processes and threads of the server; SQLite takes one process
    unhurried : a command of an operator, whose statements may take as long as they need
    verify_base : address of the public server, printed on verdicts; `https://host`
    signing : with what verdicts are signed
    seal_passphrase : closes the files of the seal keys; without one they rest on their mode alone
    """

    data_dir: Path
    database_url: str
    demo_seed: str | None = None
    limits: Limits = field(default_factory=Limits)
    password_memory_kib: int = PASSWORD_KIB
    proxies: int = 0
    metrics_token: str | None = field(default=None, repr=False)
    weak_durability_allowed: bool = False
    plain_sessions_allowed: bool = False
    workers: int = 1
    threads: int = 16
    unhurried: bool = False
    verify_base: str | None = None
    signing: Signing = field(default_factory=Signing)
    seal_passphrase: str | None = field(default=None, repr=False)

    @property
    def demo(self) -> bool:
        """Whether this server plays a demonstration."""
        return self.demo_seed is not None

    @property
    def demonstration_mark(self) -> Path:
        """A file that says: keys and passwords of this folder follow from a printed seed."""
        return self.data_dir / "demonstration"

    @property
    def is_public_knowledge(self) -> bool:
        """Whether this folder is, or ever was, that of a demonstration."""
        return self.demo or self.demonstration_mark.exists()

    @property
    def frames_dir(self) -> Path:
        return self.data_dir / "frames"

    @property
    def plans_dir(self) -> Path:
        return self.data_dir / "plans"

    @property
    def counts_dir(self) -> Path:
        """Where several workers add up what they count; emptied at every start."""
        return self.data_dir / "counts"

    @property
    def questionnaires_dir(self) -> Path:
        """What this installation has published beside the software's own."""
        return self.data_dir / "questionnaires"

    @property
    def keys_dir(self) -> Path:
        return self.data_dir / "keys"

    @property
    def blobs_dir(self) -> Path:
        return self.data_dir / "blobs"

    @classmethod
    def for_folder(
        cls, data_dir: Path, *, demo_seed: str | None = None, database_url: str | None = None
    ) -> "Settings":
        """Settings of a data folder: SQLite within it, unless another database is named."""
        folder = data_dir.resolve()
        url = database_url or f"sqlite:///{folder / DATABASE}"
        workers, threads = SQLITE_SERVES if url.startswith("sqlite") else POSTGRESQL_SERVES
        return cls(
            folder,
            url,
            demo_seed,
            password_memory_kib=PASSWORD_KIB if demo_seed is None else DEMO_PASSWORD_KIB,
            verify_base=None if demo_seed is None else SIMULATED_BASE,
            workers=workers,
            threads=threads,
        )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read EXIT_INSPECTION_DATA, DATABASE_URL and the rest of docs/operations.md.

        Raises
        ------
        SettingsError : the data folder is not named or does not exist, or a value is unusable
        """
        named = environment.get("EXIT_INSPECTION_DATA")
        if not named:
            raise SettingsError(
                "请用 EXIT_INSPECTION_DATA 指定数据目录 | "
                "set EXIT_INSPECTION_DATA to the data folder"
            )
        if not Path(named).is_dir():
            raise SettingsError(f"数据目录不存在：{named} | no such data folder: {named}")
        base = cls.for_folder(
            Path(named),
            demo_seed=environment.get("EXIT_INSPECTION_DEMO_SEED") or None,
            database_url=environment.get("DATABASE_URL") or None,
        )
        at_once = _count(environment, "EXIT_INSPECTION_THREADS", at_most=THREADS)
        return replace(
            base,
            workers=_count(environment, "EXIT_INSPECTION_WORKERS", at_most=PROCESSES)
            or base.workers,
            threads=at_once or base.threads,
            proxies=_count(environment, "EXIT_INSPECTION_PROXIES", at_most=PROXIES),
            metrics_token=_token(environment, "EXIT_INSPECTION_METRICS_TOKEN"),
            weak_durability_allowed=bool(
                _count(environment, "EXIT_INSPECTION_WEAK_DURABILITY", at_most=1)
            ),
            plain_sessions_allowed=bool(
                _count(environment, "EXIT_INSPECTION_PLAIN_SESSIONS", at_most=1)
            ),
            # Paths are put behind it.
            verify_base=(_address(environment, "EXIT_INSPECTION_VERIFY_BASE") or "").rstrip("/")
            or base.verify_base,
            signing=Signing.from_environment(environment),
            seal_passphrase=seal_passphrase(environment),
            limits=_limits(environment),
        )


def seal_passphrase(environment: Mapping[str, str]) -> str | None:
    """Read what closes the files of the seal keys: the passphrase, or a file that holds it."""
    return _secret(environment, "EXIT_INSPECTION_SEAL_PASSPHRASE")


def _secret(environment: Mapping[str, str], name: str) -> str | None:
    """Read a secret from the environment, or from the file that NAME_FILE points to.

    Raises
    ------
    SettingsError : the file cannot be read, or is empty
    """
    named = environment.get(f"{name}_FILE", "").strip()
    if not named:
        return environment.get(name) or None
    try:
        secret = Path(named).read_text("utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:
        raise SettingsError(f"{name}_FILE 无法读取 | {name}_FILE cannot be read") from error
    if not secret:
        raise SettingsError(f"{name}_FILE 是空文件 | the file of {name}_FILE is empty")
    return secret


def _address(environment: Mapping[str, str], name: str) -> str | None:
    """Read an address of a server."""
    value = environment.get(name, "").strip()
    if value and not (value.isascii() and value.startswith(("https://", "http://"))):
        raise SettingsError(f"{name} 应为 https:// 地址 | {name} takes an https:// address")
    return value or None


def _limits(environment: Mapping[str, str]) -> Limits:
    """Read EXIT_INSPECTION_LIMIT_ and the name of a limit in capitals; what is unnamed stays."""
    found = Limits()
    for each in fields(Limits):
        name = f"EXIT_INSPECTION_LIMIT_{each.name.upper()}"
        text = environment.get(name, "").strip()
        if not text:
            continue
        is_share = each.type in (float, "float")
        try:
            value = float(text) if is_share else int(text)
        except ValueError:
            value = -1
        if not 0 <= value <= (1 if is_share else 10**12):
            raise SettingsError(f"{name} 应为非负数 | {name} takes a number that is not negative")
        changed: dict[str, Any] = {each.name: value}
        found = replace(found, **changed)
    return found


def _count(environment: Mapping[str, str], name: str, *, at_most: int) -> int:
    """Read a small number; nothing is none."""
    value = environment.get(name, "").strip() or "0"
    if not value.isascii() or not value.isdigit() or int(value) > at_most:
        raise SettingsError(
            f"{name} 应为 0 到 {at_most} 的整数 | {name} takes a number from 0 to {at_most}"
        )
    return int(value)


def _token(environment: Mapping[str, str], name: str) -> str | None:
    """Read a token; one that can be guessed is refused."""
    value = environment.get(name, "").strip()
    if value and len(value) < SHORTEST_TOKEN:
        raise SettingsError(
            f"{name} 至少 {SHORTEST_TOKEN} 个字符 | {name} has at least {SHORTEST_TOKEN} characters"
        )
    return value or None
