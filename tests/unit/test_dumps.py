"""What the client programs of PostgreSQL are told, and by which way."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from inspect_app.rules.backups import BackupError
from inspect_app.services import dumps


@pytest.mark.parametrize(
    "address",
    [
        "postgresql+psycopg://u:hunter2@127.0.0.1/d",
        "postgresql+psycopg://u@/d?host=/run/postgresql&password=hunter2",
    ],
)
def test_a_password_stands_on_no_command_line(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[tuple[list[Any], dict[str, str]]] = []

    def run(words: list[Any], *, env: dict[str, str], **_how: Any) -> Any:
        ran.append((words, env))
        return subprocess.CompletedProcess(words, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)

    dumps._run(Path("pg_dump"), make_url(address))

    ((words, environment),) = ran
    assert "hunter2" not in " ".join(map(str, words))
    assert "dbname='d'" in str(words[1])
    assert environment["PGPASSWORD"] == "hunter2"


def test_a_database_that_is_away_is_one_line(tmp_path: Path) -> None:
    away = f"postgresql+psycopg://u:hunter2@/none?host={tmp_path}&connect_timeout=1"

    with pytest.raises(BackupError, match="does not answer") as refused:
        dumps.refuse_full(make_url(away))

    assert len(str(refused.value).splitlines()) == 1
    assert "hunter2" not in str(refused.value)
