"""What a backup says of itself, and the sentences of those that cannot be made or taken back."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

FORMAT = 1

SENTENCES: dict[str, tuple[str, str]] = {
    "out.exists": (
        "{path} 已存在；备份不覆盖任何文件",
        "{path} exists; a backup overwrites nothing",
    ),
    "database.none": (
        "没有可备份的数据库",
        "there is no database to back up",
    ),
    "target.folder": (
        "数据目录 {path} 不是空的；只恢复到空目录",
        "the data folder {path} is not empty; a backup is restored into an empty one only",
    ),
    "target.database": (
        "目标数据库不是空的；只恢复到空数据库",
        "the target database is not empty; a backup is restored into an empty one only",
    ),
    "target.away": (
        "目标数据库没有应答：{reason}",
        "the target database does not answer: {reason}",
    ),
    "file.unread": (
        "{file} 无法备份：{reason}",
        "{file} cannot be backed up: {reason}",
    ),
    "engine.other": (
        "备份来自 {made}，不能恢复到 {target}",
        "the backup is of {made} and cannot be restored into {target}",
    ),
    "backup.none": (
        "{path} 不是备份：没有可读的 manifest.json",
        "{path} is no backup: it has no readable manifest.json",
    ),
    "backup.newer": (
        "备份格式 {format} 比本软件新",
        "the backup has format {format}, newer than this software",
    ),
    "backup.damaged": (
        "备份已损坏：{file} 与摘要不符",
        "the backup is damaged: {file} differs from its digest",
    ),
    "backup.missing": (
        "备份不完整：缺少 {file}",
        "the backup is not whole: {file} is missing",
    ),
    "backup.foreign": (
        "备份中有清单之外的文件 {file}",
        "the backup holds {file}, which its manifest does not name",
    ),
    "client.none": (
        "找不到 {name}：请安装 postgresql-client {version} 或更新版本，或用 PG_BIN 指明其目录",
        "{name} was not found: install postgresql-client {version} or newer, or let PG_BIN name"
        " its folder",
    ),
    "client.old": (
        "{name} {found} 比服务器 {version} 旧：请安装 postgresql-client {version} 或更新版本",
        "{name} {found} is older than the server {version}: install postgresql-client {version}"
        " or newer",
    ),
    "client.failed": (
        "{name} 失败：{reason}",
        "{name} failed: {reason}",
    ),
}


class BackupError(Exception):
    """A backup that cannot be made or restored; `str(error)` is `中文 | English`, one line."""

    def __init__(self, code: str, /, **details: object) -> None:
        chinese, english = SENTENCES[code]
        super().__init__(f"{chinese.format(**details)} | {english.format(**details)}")
        self.code = code


@dataclass(frozen=True)
class Manifest:
    """The contents of a backup.

    software : version that made it
    engine : sqlite or postgresql; server : its version
    revision : newest migration the database had seen
    made_at : RFC 3339
    ledgers : by campaign, number and hash of the last line
    files : by path below the backup, SHA-256 of the bytes
    damaged : files whose content no longer has the hash they are named by, backed up as they are
    """

    software: str
    engine: str
    server: str
    revision: str
    made_at: str
    ledgers: Mapping[str, tuple[int, str]]
    files: Mapping[str, str]
    damaged: tuple[str, ...] = ()
    format: int = field(default=FORMAT)

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str, *, path: object) -> "Manifest":
        """Read a manifest; `path` is named in the error.

        Raises
        ------
        BackupError : it cannot be read, or is of a newer format
        """
        try:
            found: dict[str, Any] = json.loads(text)
            if int(found["format"]) > FORMAT:
                raise BackupError("backup.newer", format=found["format"])
            return cls(
                **{
                    **found,
                    "ledgers": {key: (int(n), str(h)) for key, (n, h) in found["ledgers"].items()},
                    "files": {str(name): str(one) for name, one in found["files"].items()},
                    "damaged": tuple(found["damaged"]),
                }
            )
        except (ValueError, TypeError, KeyError, AttributeError):
            raise BackupError("backup.none", path=path) from None
