"""Headers by which a file travels in chunks."""

import re
from typing import Any

import marshmallow as ma

COUNT = re.compile(r"[0-9]{1,12}", re.ASCII)


class Bytes(ma.fields.Field[int]):
    """A count of bytes as a header holds it: digits, nothing else."""

    default_error_messages = {"invalid": "Not a count of bytes."}  # noqa: RUF012  # as the library declares it

    def __init__(self, *, data_key: str, description: str, example: int) -> None:
        super().__init__(
            required=True,
            data_key=data_key,
            metadata={
                "type": "integer",
                "minimum": 0,
                "maximum": 10**12 - 1,
                "description": description,
                "example": example,
            },
        )

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if not isinstance(value, str) or not COUNT.fullmatch(value):
            raise self.make_error("invalid")
        return int(value)


class ChunkHeadersSchema(ma.Schema):
    """Where a chunk starts, and how long the whole file is."""

    class Meta:
        unknown = ma.EXCLUDE

    upload_offset = Bytes(
        data_key="Upload-Offset", description="bytes of the file before this chunk", example=0
    )
    upload_length = Bytes(
        data_key="Upload-Length",
        description="bytes of the whole file, as the op said",
        example=419204,
    )
