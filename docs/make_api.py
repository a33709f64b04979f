"""Build docs/api/ from the docstrings of `sampling`: one page a module, and an index.

python docs/make_api.py            write the pages
python docs/make_api.py --check    say which pages are out of date, exit code 1 if any
"""

import argparse
import re
import sys
from pathlib import Path

from griffe import GriffeLoader, Module, Parser
from griffe2md import default_config, render_object_docs

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "docs" / "api"
LEFT_OUT = ("sampling.messages", "sampling.cli", "sampling.__main__")
CONFIG = {
    **default_config,
    "docstring_style": "numpy",
    "filters": ["!^_"],
    "heading_level": 1,
    "line_length": 100,
    "show_if_no_docstring": False,
    "show_root_full_path": True,
    "show_object_full_path": False,
    "show_signature_annotations": True,
    "show_submodules": False,
    "summary": {"attributes": False, "classes": True, "functions": True, "modules": False},
}
INTRODUCTION = """# `sampling`

Built from the docstrings by `python docs/make_api.py`; every example on these pages is run by the
tests. A worked example from frame to statement: [county.py](../examples/county.py).
"""
TOPICS = {
    "Frame, remoteness, strata": "frame readers writers remoteness classes boundaries example",
    "Plan, size, allocation": """plan size precision allocation optimal bethel design reach
        operating county_curves assurance""",
    "Draw": """tickets selectors selectors.methods counties village_draw household_draw
        stratified_draw sample waves joint horvitz_thompson engines splitmix""",
    "Weights": "weights calibration calibrated trimming register_weights diagnostics",
    "Estimates and their errors": """stages estimate figures variance neighbours intervals quantiles
        replicates resampling association smallarea""",
    "Figures of a verdict": """indicators incidence satisfaction rates findings county_indicators
        national change passes""",
    "Trying a plan": "simulate truth population performance plots risk reliability",
}
REST = "Inside"
# What stands where numpydoc has a type says here what the thing is, in words.
LINKED_WORDS = re.compile(r"\[(\w+)\]\(#\w+\)")
IN_WORDS = re.compile(r"\(<code>(.*?)</code>\) – *$", re.MULTILINE)
BARE = re.compile(r"^- <code>(.*?)</code> – *$", re.MULTILINE)


def pages() -> dict[str, str]:
    """Text of every page by file name."""
    loader = GriffeLoader(search_paths=[str(ROOT)], docstring_parser=Parser.numpy)
    package = loader.load("sampling")
    assert isinstance(package, Module)
    modules = [one for one in sorted(_modules(package), key=lambda one: one.path) if one.docstring]
    found = {f"{one.path}.md": _page(one) for one in modules}
    found["README.md"] = INTRODUCTION + "".join(
        f"\n## {topic}\n\n" + "".join(_entry(one) for one in modules if _topic(one.path) == topic)
        for topic in (*TOPICS, REST)
    )
    return found


def _topic(path: str) -> str:
    name = path.removeprefix("sampling").lstrip(".")
    return next((topic for topic, names in TOPICS.items() if name in names.split()), REST)


def _entry(module: Module) -> str:
    return f"- [`{module.path}`]({module.path}.md): {_first_line(module)}\n"


def _modules(module: Module) -> list[Module]:
    if module.path.startswith(LEFT_OUT):
        return []
    own = [child for child in module.modules.values() if not child.is_alias]
    below = [inner for child in own for inner in _modules(child)]
    return [module, *below]


def _first_line(module: Module) -> str:
    assert module.docstring is not None
    return module.docstring.value.split("\n\n")[0].replace("\n", " ")


def _page(module: Module) -> str:
    text = render_object_docs(module, CONFIG)
    text = IN_WORDS.sub(lambda found: "– " + _unlinked(found[1]), text)
    return BARE.sub(lambda found: "- " + _unlinked(found[1]), text).rstrip() + "\n"


def _unlinked(words: str) -> str:
    """Words that happen to parse as Python are linked word by word; plain again."""
    return LINKED_WORDS.sub(r"\1", words)


def main() -> int:
    parser = argparse.ArgumentParser(description="Build docs/api/ from the docstrings.")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args().check
    wanted = pages()
    present = {path.name: path.read_text("utf-8") for path in PAGES.glob("*.md")}
    stale = sorted(
        name for name in wanted.keys() | present if wanted.get(name) != present.get(name)
    )
    if check:
        sys.stdout.write("".join(f"out of date: docs/api/{name}\n" for name in stale))
        return 1 if stale else 0
    PAGES.mkdir(exist_ok=True)
    for name in stale:
        if name in wanted:
            (PAGES / name).write_text(wanted[name], "utf-8")
        else:
            (PAGES / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
