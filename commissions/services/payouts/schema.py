"""The schema of a transfer's file: reading it takes longer than all else about it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import sepaxml

if TYPE_CHECKING:
    from xmlschema import XMLSchema

SCHEMA: Final = "pain.001.001.09"


def refuse_invalid(content: bytes) -> None:
    """Raise `XMLSchemaValidationError` for a file that no bank would take."""
    _schema().validate(content.decode())


@cache
def _schema() -> XMLSchema:
    # Not with the portal: it takes a while, and only who sends a run needs it.
    from xmlschema import XMLSchema  # noqa: PLC0415

    folder = Path(sepaxml.__file__).with_name("schemas")
    return XMLSchema(str(folder / f"{SCHEMA}.xsd"))
