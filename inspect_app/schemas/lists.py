"""Lists that a request or a body may hold: never longer than their field says."""

from typing import Any

import marshmallow as ma


class Counted(ma.fields.List[Any]):
    """A list whose length is looked at before any of its items.

    Its validators ask for the length and for nothing else. The library's own list looks at every
    item first, and words what is wrong with each: of a million nothings that is a long answer.
    """

    def _deserialize(
        self, value: Any, attr: str | None, data: Any, **kwargs: Any
    ) -> list[Any | None]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        self._validate(value)
        found: list[Any | None] = super()._deserialize(value, attr, data, **kwargs)
        return found
