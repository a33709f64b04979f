"""Sentences about files and folders, for every command."""

TEXTS: dict[str, tuple[str, str]] = {
    "file.missing": ("找不到文件：{path}", "file not found: {path}"),
    "file.is_folder": (
        "{path} 是文件夹，这里需要一个文件",
        "{path} is a folder, a file is needed here",
    ),
    "file.no_folder": (
        "{path}：文件夹 {folder} 不存在",
        "{path}: there is no folder {folder}",
    ),
    "file.not_folder": ("{path} 不是文件夹", "{path} is not a folder"),
    "file.system": ("{path}：系统拒绝（{reason}）", "{path}: refused by the system ({reason})"),
    "file.extra": (
        "需要安装扩展 {extra}：pip install 'exit-inspection[{extra}]'",
        "this needs the extra \"{extra}\": pip install 'exit-inspection[{extra}]'",
    ),
    "file.folder_in_use": (
        "输出文件夹 {path} 已有其他内容，未作改动；请换一个文件夹",
        "the output folder {path} already holds something else and was left as it is; "
        "name another folder",
    ),
}
