"""What this package says to people, in Chinese and English, found by code.

A code is `<table>.<name>`; the first word names the module of this folder that holds the text, so
`plan.unknown_key` stands in `sampling/messages/plan.py`. Each such module has one mapping
`TEXTS: dict[str, tuple[str, str]]`, keyed by the whole code, whose values are the Chinese and the
English sentence as `str.format` templates over the same argument names.
"""

from importlib import import_module


def say(code: str, /, **values: object) -> str:
    """Put the sentence of a code into words, `中文 | English`.

    Parameters
    ----------
    code : key of the message table, e.g. "file.missing"
    values : arguments that the two templates name

    Returns
    -------
    both languages on one line

    Raises
    ------
    KeyError : no such code, or a template names an argument that was not given

    Examples
    --------
    >>> say("file.missing", path="村.csv")
    '找不到文件：村.csv | file not found: 村.csv'
    """
    zh, en = both(code, **values)
    return f"{zh} | {en}"


def both(code: str, /, **values: object) -> tuple[str, str]:
    """Put the sentence of a code into words, Chinese and English apart."""
    table = import_module(f"{__name__}.{code.partition('.')[0]}")
    zh, en = table.TEXTS[code]
    return zh.format(**values), en.format(**values)
