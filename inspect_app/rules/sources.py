"""Python source of checked expressions, and the functions made of it.

A source holds numbers, texts as `repr` writes them, and names made here; whatever else it needs
it finds under such a name. It sees no builtins but `len` and `str`.
"""

from dataclasses import dataclass, field
from typing import Any

from inspect_app.rules.values import Run


@dataclass(slots=True)
class Names:
    """What the expressions of one form call by name; all of them may stand in one function."""

    known: dict[str, Any] = field(
        default_factory=lambda: {"__builtins__": {}, "len": len, "str": str}
    )
    count: int = 0

    def variable(self) -> str:
        """Return a name that nothing else has."""
        self.count += 1
        return f"v{self.count}"

    def constant(self, value: object) -> str:
        """Return the name under which a source finds a value."""
        self.count += 1
        self.known[f"k{self.count}"] = value
        return f"k{self.count}"

    def run_of(self, code: str) -> Run:
        """Make a function of one expression."""
        run: Run = eval(f"lambda reading, row, own: {code}", self.known)  # nosec B307  # written by `operations` from a checked tree
        return run

    def function(self, name: str, lines: list[str]) -> Any:
        """Make a function of statements, the first of which defines it."""
        made: dict[str, Any] = {}
        exec("\n".join(lines), self.known, made)  # nosec B102  # as above
        return made[name]
