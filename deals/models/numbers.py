"""What registrations and holds are called on the telephone.

Not counted up: a number that grows would tell a company how many the others make.
"""

from __future__ import annotations

import uuid
from string import hexdigits
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from clients.models import Client

DIGITS: Final = 12


def number_of(prefix: str, public_id: uuid.UUID) -> str:
    """Return "REG-3F2A91-C07B42"."""
    digits = public_id.hex[:DIGITS].upper()
    return f"{prefix}-{digits[:6]}-{digits[6:]}"


def client_number(public_id: uuid.UUID) -> str:
    """Return the reference of a client that was made of a registration."""
    return number_of("C", public_id)


def is_of_registration(client: Client) -> bool:
    """Say whether a client was made of a registration: a partner typed its domains."""
    return client.ref == client_number(client.public_id)


def ids_from(prefix: str, text: str) -> tuple[uuid.UUID, uuid.UUID] | None:
    """Return the first and the last public id whose number begins with a text."""
    digits = text.strip().upper().removeprefix(prefix).replace("-", "").lower()
    if not 0 < len(digits) <= DIGITS or not set(digits) <= set(hexdigits):
        return None
    return uuid.UUID(hex=digits.ljust(32, "0")), uuid.UUID(hex=digits.ljust(32, "f"))
