"""The doctor: each planted fault is found and named, and what is sound is left in peace."""

import json
import os
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from databases import Databases, migrate
from fieldwork import tasks
from phones import AppWire, an_interview
from rehearsal import rehearse
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from inspect_app import create_app, requests
from inspect_app.cli import main
from inspect_app.demo.link import Link
from inspect_app.doctor import database, folder, machine, web
from inspect_app.doctor.findings import Finding, Grade, run
from inspect_app.doctor.words import WORDS
from inspect_app.extensions import db
from inspect_app.services import health, keys, receipts
from inspect_app.settings import Settings

MIGRATIONS = requests.PACKAGE / "migrations"
GOOD, ATTENTION, FAULT = Grade.GOOD, Grade.ATTENTION, Grade.FAULT
LONG = "kV9-tQ2xR7_mB4wZ0sJ6yH3n"


def grades(findings: Iterator[Finding]) -> dict[str, Grade]:
    """The worst grade of each code."""
    found: dict[str, Grade] = {}
    for each in findings:
        found[each.code] = max(each.grade, found.get(each.code, GOOD))
        assert all(each.found)
        assert all(each.advice) == (each.grade is not GOOD)
    return found


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A sound installation on SQLite."""
    tmp_path.chmod(0o700)
    made = Settings.for_folder(tmp_path)
    migrate(made)
    return made


# --- words ---------------------------------------------------------------------------------------


def test_every_sentence_has_two_languages() -> None:
    for zh, en, do_zh, do_en in WORDS.values():
        assert any("\u4e00" <= character <= "\u9fff" for character in zh + do_zh)
        assert en
        assert do_en


def test_a_value_that_is_a_word_is_told_in_both_languages() -> None:
    demonstration = Finding("demonstration", ATTENTION, {"marked": True})
    counted = Finding("key.matches", FAULT, {"checked": 1, "wrong": 1})

    assert [text.rpartition(" ")[2] for text in demonstration.found] == ["演示标记：是", "yes"]
    assert "1 checked, 1 do not hold" in counted.found[1]


def test_a_check_that_breaks_is_a_fault_and_stops_no_other() -> None:
    def broken() -> Iterator[Finding]:
        raise RuntimeError("it has a secret in its message")
        yield

    found = list(run(broken, folder.fonts))

    assert [each.code for each in found] == ["check.failed", "fonts"]
    assert "secret" not in found[0].found[1]


# --- the folder ----------------------------------------------------------------------------------


def test_a_full_disk(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert grades(folder.disk(settings))["disk.free"] in (GOOD, ATTENTION)

    monkeypatch.setattr(health, "FREE_BYTES", 2**60)

    assert grades(folder.disk(settings))["disk.free"] is FAULT


@pytest.mark.parametrize(
    ("line", "kind", "options"),
    [
        ("30 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw", "ext4", ("relatime", "rw")),
        ("31 30 0:5 / {folder} rw - tmpfs tmpfs rw,size=1g", "tmpfs", ("rw",)),
        ("31 30 0:5 / {folder} ro - ext4 /dev/sdb1 ro", "ext4", ("ro",)),
        ("31 30 0:5 / {folder} rw - nfs4 server:/data rw,vers=4", "nfs4", ("rw",)),
    ],
)
def test_the_kind_of_disk_is_that_of_the_deepest_mount(
    tmp_path: Path, line: str, kind: str, options: tuple[str, ...]
) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(
        "30 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n" + line.format(folder=tmp_path) + "\n"
    )

    assert folder.mount_of(tmp_path, table) == (kind, options)


@pytest.mark.parametrize(
    ("kind", "options"), [("tmpfs", ("rw",)), ("nfs4", ("rw",)), ("ext4", ("ro",))]
)
def test_a_disk_that_forgets_or_lies_is_a_fault(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, kind: str, options: tuple[str, ...]
) -> None:
    monkeypatch.setattr(folder, "mount_of", lambda *_: (kind, options))

    assert grades(folder.disk(settings))["disk.kind"] is FAULT


def test_what_others_may_read(settings: Settings) -> None:
    assert set(grades(folder.privacy(settings)).values()) == {GOOD}

    settings.data_dir.chmod(0o755)
    (settings.data_dir / "exit-inspection.db").chmod(0o644)

    found = grades(folder.privacy(settings))
    assert (found["folder.private"], found["file.private"]) == (ATTENTION, FAULT)


def test_a_key_that_others_may_read(settings: Settings) -> None:
    receipts.key_of(settings)
    assert grades(folder.privacy(settings))["file.private"] is GOOD

    receipts.file_of(settings).chmod(0o644)

    assert grades(folder.privacy(settings))["file.private"] is FAULT
    assert grades(folder.key(settings, has_lines=False))["key.present"] is FAULT


def test_a_folder_where_no_file_can_be_made(settings: Settings) -> None:
    settings.blobs_dir.write_text("somebody's file")

    assert grades(folder.privacy(settings))["folder.writable"] is FAULT


def test_a_folder_that_was_a_demonstration(settings: Settings) -> None:
    assert grades(folder.mark(settings)) == {"demonstration": GOOD}

    settings.demonstration_mark.touch()

    assert grades(folder.mark(settings)) == {"demonstration": ATTENTION}


def test_another_font(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert grades(folder.fonts()) == {"fonts": GOOD}

    (tmp_path / "fonts").mkdir()
    table = (
        '[files.regular]\nfile = "a.xz"\nsha256 = "00"\n[files.bold]\nfile = "b.xz"\nsha256 = ""\n'
    )
    (tmp_path / "fonts" / "FONTS.toml").write_text(table)
    (tmp_path / "fonts" / "a.xz").write_text("another")
    monkeypatch.setattr(folder.resources, "files", lambda _: tmp_path)

    (found,) = folder.fonts()
    assert (found.grade, found.values["state"]) == (FAULT, "a.xz differs, b.xz missing")


# --- the database --------------------------------------------------------------------------------


def examined(settings: Settings) -> dict[str, Grade]:
    """What the doctor says of the database of an installation."""
    with create_app(settings).app_context():
        found = grades(database.examine(db.session(), settings=settings, migrations=MIGRATIONS))
        db.session.remove()
        db.engine.dispose()
    return found


def test_a_sound_database(databases: Databases, tmp_path: Path) -> None:
    settings = replace(
        Settings.for_folder(tmp_path), database_url=databases.migrated(tmp_path), threads=8
    )

    found = examined(settings)

    databases.drop(settings.database_url)
    weak = {"database.durable"} if databases.name == "postgres" else set()
    assert {code for code, grade in found.items() if grade is FAULT} == weak
    if databases.name == "postgres":
        assert found["database.clock"] is GOOD
        assert found["database.compression"] is ATTENTION
        assert found["database.encoding"] is found["database.connections"] is GOOD


def test_a_server_of_more_threads_than_the_database_has_connections(
    databases: Databases, tmp_path: Path
) -> None:
    url = databases.migrated(tmp_path)
    settings = replace(Settings.for_folder(tmp_path), database_url=url, workers=64, threads=2)

    found = examined(settings)

    databases.drop(url)
    if databases.name == "postgres":
        assert found["database.connections"] is FAULT
    else:
        assert "database.connections" not in found


def test_a_database_that_takes_no_writes(databases: Databases, tmp_path: Path) -> None:
    """SQLite has no such mode, and is not asked for it."""
    url = told = databases.migrated(tmp_path)
    if databases.name == "postgres":
        frozen = make_url(url).update_query_dict({"options": "-c default_transaction_read_only=on"})
        told = frozen.render_as_string(hide_password=False)

    found = examined(replace(Settings.for_folder(tmp_path), database_url=told, threads=8))

    databases.drop(url)
    assert found.get("database.writable") is (FAULT if databases.name == "postgres" else None)


def test_a_database_that_is_away(tmp_path: Path) -> None:
    away = f"postgresql+psycopg://nobody@/none?host={tmp_path}&connect_timeout=1"

    found = examined(replace(Settings.for_folder(tmp_path), database_url=away))

    assert found["database.reached"] is FAULT


def test_migrations_that_are_behind(settings: Settings) -> None:
    engine = create_engine(settings.database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0002'"))
    engine.dispose()

    assert examined(settings)["database.revision"] is FAULT


def test_commits_that_do_not_reach_the_disk(settings: Settings) -> None:
    careless = create_engine(settings.database_url)

    with Session(careless) as session:
        session.execute(text("PRAGMA synchronous = OFF"))
        found = grades(database.examine(session, settings=settings, migrations=MIGRATIONS))
    careless.dispose()

    assert found["database.durable"] is FAULT


def test_weak_commits_that_are_allowed_are_said_aloud(settings: Settings) -> None:
    allowed = replace(settings, weak_durability_allowed=True)

    assert examined(allowed)["database.weak_allowed"] is FAULT


@pytest.fixture(scope="module")
def received(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation that has signed receipts."""
    home = tmp_path_factory.mktemp("received")
    phone = rehearse(home, seed="doctor")
    application = create_app(Settings.for_folder(home, demo_seed="doctor"))
    phone.link = Link(AppWire(application))
    an_interview(phone, tasks(phone)[0])
    phone.push()
    with application.app_context():
        db.session.remove()
        db.engine.dispose()
    return home


def forget_keys() -> None:
    """Read keys from their files again, as a doctor who comes later does."""
    receipts._load.cache_clear()
    keys.secret_key.cache_clear()


def test_a_key_that_did_not_sign(received: Path) -> None:
    settings = Settings.for_folder(received, demo_seed="doctor")
    file = receipts.file_of(settings)
    own = file.read_text()
    assert examined(settings)["key.matches"] is GOOD

    file.write_text("11" * 32 + "\n")
    forget_keys()
    exchanged = examined(settings)
    file.unlink()
    forget_keys()
    lost = examined(settings)
    file.write_text(own)
    file.chmod(0o600)
    forget_keys()

    assert exchanged["key.matches"] is FAULT
    assert lost["key.present"] is FAULT
    assert "key.matches" not in lost


@pytest.mark.parametrize(("apart", "grade"), [(0.4, GOOD), (-20, ATTENTION), (40, FAULT)])
def test_clocks_that_are_apart(apart: float, grade: Grade) -> None:
    assert database.of_clock("database.clock", apart).grade is grade


# --- the machine ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("state", "grade"), [(0, GOOD), (5, ATTENTION), (None, GOOD)])
def test_a_clock_that_follows_nobody(
    monkeypatch: pytest.MonkeyPatch, state: int | None, grade: Grade
) -> None:
    monkeypatch.setattr(machine, "kernel_clock", lambda: state)

    assert grades(machine.clock_state()) == {"clock.synchronised": grade}


def test_few_files_and_little_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(machine.resource, "getrlimit", lambda _: (256, 256))
    monkeypatch.setattr(machine, "available_mb", lambda _: 100)
    table = tmp_path / "meminfo"
    table.write_text("MemTotal: 10 kB\nMemAvailable:    2048000 kB\n")

    assert grades(machine.limits()) == {"files.open": ATTENTION, "memory": ATTENTION}
    monkeypatch.undo()
    assert machine.available_mb(table) == 2000
    assert machine.available_mb(tmp_path / "none") is None


def test_packages_that_are_missing_or_others(tmp_path: Path) -> None:
    pins = tmp_path / "requirements.txt"
    sound = f"click=={machine.importlib.metadata.version('click')} \\\n    --hash=sha256:00\n"

    def state(content: str) -> Grade:
        pins.write_text(content)
        return grades(machine.software(pins))["packages"]

    assert state(sound) is GOOD
    assert state(sound + "flask==0.0.1 \\\n") is ATTENTION
    assert state(sound + "no-such-package==1.0 \\\n") is FAULT
    assert state(sound + "no-such-package==1.0 ; python_version < '3' \\\n") is GOOD


@pytest.mark.parametrize(
    ("url", "token", "expected"),
    [
        ("sqlite:////data/x.db", None, {}),
        ("sqlite:////data/x.db", LONG, {"secret.weak": GOOD}),
        ("sqlite:////data/x.db", "a" * 30, {"secret.weak": FAULT}),
        ("postgresql://exit@/x?host=/run/postgresql", None, {}),
        ("postgresql://exit:changeme@db/x", None, {"secret.weak": ATTENTION}),
        ("postgresql://exit@db/x", None, {"secret.weak": ATTENTION}),
        (f"postgresql://exit:{LONG}@db/x", None, {"secret.weak": GOOD}),
    ],
)
def test_secrets_that_somebody_would_try(
    tmp_path: Path, url: str, token: str | None, expected: dict[str, Grade]
) -> None:
    settings = replace(Settings.for_folder(tmp_path), database_url=url, metrics_token=token)

    found = list(machine.secrets(settings, {}))

    assert grades(iter(found)) == expected
    assert not [each for each in found if LONG in str(each.as_json())]


def test_a_seed_that_was_left_in_the_environment(settings: Settings) -> None:
    left = {"EXIT_INSPECTION_DEMO_SEED": "demo"}

    assert grades(machine.secrets(settings, left)) == {"demo.seed": FAULT}


# --- the address ---------------------------------------------------------------------------------

App = Callable[..., Any]


@pytest.fixture
def certified(tmp_path: Path) -> Callable[..., Path]:
    """Make a certificate for this machine that signs itself."""

    def make(days: int = 90, name: str = "127.0.0.1") -> Path:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=400))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ip_address(name))]), critical=False
            )
        )
        file = tmp_path / "certificate.pem"
        file.write_bytes(
            builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return file

    return make


@pytest.fixture
def served(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., dict[str, Grade]]]:
    """Serve the application behind a proxy of the test's own making, and examine the address."""
    open_now: list[Any] = []

    def examine(
        certificate: Path | None, between: Callable[[App], App] = lambda app: app, **changes: Any
    ) -> dict[str, Grade]:
        application = create_app(replace(settings, **changes))
        open_now.append(application)
        context = None
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        server = make_server(
            "127.0.0.1", 0, between(application.wsgi_app), threaded=True, ssl_context=context
        )
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        scheme = "https" if certificate else "http"
        try:
            return grades(web.examine(f"{scheme}://127.0.0.1:{server.server_port}"))
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    yield examine
    for application in open_now:
        with application.app_context():
            db.session.remove()
            db.engine.dispose()


def forwarded(app: App) -> App:
    """A proxy as it should be: it says whom it speaks for."""

    def proxy(environ: dict[str, Any], start: Any) -> Any:
        environ["wsgi.url_scheme"] = "http"  # behind the proxy it is
        environ["HTTP_X_FORWARDED_FOR"] = "192.0.2.1"
        environ["HTTP_X_FORWARDED_PROTO"] = "https"
        return app(environ, start)

    return proxy


def page(status: str, when: Callable[[dict[str, Any]], bool], app: App) -> App:
    """A proxy that answers some requests with a page of its own."""

    def proxy(environ: dict[str, Any], start: Any) -> Any:
        if not when(environ):
            return app(environ, start)
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        start(status, [("Content-Type", "text/html")])
        return [b"<html>"]

    return proxy


def test_a_sound_address(served: Any, certified: Any) -> None:
    found = served(certified(), forwarded, proxies=1)

    assert {code: grade for code, grade in found.items() if grade is not GOOD} == {}
    assert {"tls", "tls.expiry", "hsts", "hello", "ready", "passes", "metrics.private"} <= set(
        found
    )


def test_a_proxy_that_nobody_believes(served: Any, certified: Any) -> None:
    """Without the setting the server does not know that its callers came by TLS."""
    found = served(certified(), forwarded)

    assert found["hsts"] is ATTENTION


def test_measures_that_everybody_may_read(served: Any, certified: Any) -> None:
    """A proxy that says nothing of itself looks like this machine."""
    assert served(certified())["metrics.private"] is FAULT


def test_plain_http_is_for_this_machine_only(served: Any) -> None:
    elsewhere = web.Site("http://collect.example")

    assert served(None)["tls"] is ATTENTION
    assert not elsewhere.is_here
    assert not elsewhere.is_tls


@pytest.mark.parametrize(("days", "grade"), [(3, FAULT), (20, ATTENTION), (90, GOOD)])
def test_a_certificate_that_ends_soon(served: Any, certified: Any, days: int, grade: Grade) -> None:
    assert served(certified(days), forwarded, proxies=1)["tls.expiry"] is grade


@pytest.mark.parametrize("changes", [{"days": -1}, {"name": "192.0.2.1"}])
def test_a_certificate_that_phones_refuse(
    served: Any, certified: Any, changes: dict[str, Any]
) -> None:
    found = served(certified(**changes))

    assert found == {"tls": FAULT}


def test_a_certificate_of_nobody_known(
    served: Any, certified: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def distrust(app: App) -> App:
        monkeypatch.delenv("SSL_CERT_FILE")
        return app

    assert served(certified(), distrust) == {"tls": FAULT}


@pytest.mark.parametrize(
    "is_stopped",
    [
        lambda environ: int(environ.get("CONTENT_LENGTH") or 0) > 2**20,
        lambda environ: environ["REQUEST_METHOD"] == "PATCH",
        lambda environ: environ["REQUEST_METHOD"] == "HEAD",
        lambda environ: "HTTP_CONTENT_ENCODING" in environ,
    ],
    ids=["1 MiB", "PATCH", "HEAD", "gzip"],
)
def test_a_proxy_that_does_not_let_through(
    served: Any, certified: Any, is_stopped: Callable[[dict[str, Any]], bool]
) -> None:
    stubborn = partial(page, "413 Request Entity Too Large", is_stopped)

    found = served(certified(), lambda app: forwarded(stubborn(app)), proxies=1)

    assert found["passes"] is FAULT
    assert found["hello"] is GOOD


def test_a_log_in_page_in_the_place_of_the_server(served: Any, certified: Any) -> None:
    captive = partial(page, "200 OK", lambda _: True)

    found = served(certified(), captive)

    assert (found["hello"], found["passes"]) == (FAULT, FAULT)


def test_a_server_that_is_not_ready(
    served: Any, certified: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "FREE_BYTES", 2**60)

    assert served(certified(), forwarded, proxies=1)["ready"] is FAULT


def test_nobody_at_the_address() -> None:
    assert grades(web.examine("http://127.0.0.1:1"))["hello"] is FAULT


# --- the command ---------------------------------------------------------------------------------


def with_seal_keys(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A seal key behind a passphrase, with a copy that was rehearsed."""
    monkeypatch.setenv("EXIT_INSPECTION_SEAL_PASSPHRASE", "closes the files")
    copy, where = settings.data_dir / "copy.json", ["--data", str(settings.data_dir)]
    word = ["--passphrase", "kept in two safes"]
    for words in (["create"], ["copy", "--out", str(copy), *word], ["rehearse", str(copy), *word]):
        assert CliRunner().invoke(main, ["seal-key", *words, *where]).exit_code == 0


def test_the_command_prints_a_table_and_ends_with_the_worst(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "kernel_clock", lambda: 0)
    monkeypatch.setattr(machine, "software", lambda _: iter(()))
    monkeypatch.setattr(machine, "limits", lambda: iter(()))
    monkeypatch.setattr(folder, "mount_of", lambda *_: ("ext4", ("rw",)))
    monkeypatch.setattr(folder, "disk", lambda _: iter(()))
    words = ["doctor", "--data", str(settings.data_dir)]
    with_seal_keys(settings, monkeypatch)

    sound = CliRunner().invoke(main, words)
    settings.data_dir.chmod(0o755)
    careless = CliRunner().invoke(main, words)
    (settings.data_dir / "exit-inspection.db").chmod(0o666)
    broken = CliRunner().invoke(main, [*words, "--json"])
    nowhere = CliRunner().invoke(main, ["doctor", "--data", str(settings.data_dir / "none")])

    assert [each.exit_code for each in (sound, careless, broken, nowhere)] == [0, 1, 2, 2]
    assert "注意 attention" in careless.stdout
    assert "chmod 700" in careless.stdout
    worst = [each for each in json.loads(broken.stdout) if each["grade"] == "fault"]
    assert [each["do_en"] for each in worst] == ["chmod 600 exit-inspection.db"]
    assert "there is no database" in nowhere.stderr
    assert os.environ.get("EXIT_INSPECTION_DATA") is None


@pytest.mark.parametrize(
    "option", [["--pins", "/nowhere.txt"], ["--url", ""], ["--url", "https://host:port"]]
)
def test_an_option_that_names_nothing_is_not_taken_for_none(
    settings: Settings, option: list[str]
) -> None:
    told = CliRunner().invoke(main, ["doctor", "--data", str(settings.data_dir), *option])

    assert (told.exit_code, told.stdout) == (2, "")
    assert option[1] in told.stderr


@pytest.mark.parametrize(
    "url", ["garbage", "postgresql://u@127.0.0.1:abc/x", "mysql://u:hunter2@h/d"]
)
def test_an_address_that_is_none_is_a_fault_in_one_line(settings: Settings, url: str) -> None:
    words = ["--data", str(settings.data_dir), "--database-url", url]

    looked = CliRunner().invoke(main, ["doctor", *words])
    verified = CliRunner().invoke(main, ["ledger", "verify", *words])

    assert (looked.exit_code, verified.exit_code) == (Grade.FAULT.value, 1)
    for told in (looked, verified):
        assert len(told.stderr.splitlines()) == 1
        assert "hunter2" not in told.stderr
