"""What is written down about money under a seal: account numbers, and papers.

Fernet (AES and HMAC) with keys the database does not hold. An account number is sealed
together with whose it is: moved to another company's row it opens no more.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.encoding import force_bytes

from commissions.models import BankAccount

MASK: Final = "••••"


class SealError(RuntimeError):
    """A seal that no key opens, or of another row. Says nothing of its content."""


def seal(number: str, *, partner_id: int) -> str:
    """Return an account number of a partner under a seal."""
    sealed = json.dumps([partner_id, number], separators=(",", ":"))
    return _seals().encrypt(sealed.encode()).decode()


def open_seal(account: BankAccount) -> str:
    """Return the account number in clear: for the payment file, and for nothing else.

    Whoever shows it to a person records that (`services.bank.show_number`). Raises
    `SealError`.
    """
    try:
        content = _seals().decrypt(account.sealed.encode())
    except InvalidToken:
        raise SealError(f"No key opens the bank account {account.pk}.") from None
    partner_id, number = json.loads(content)
    if partner_id != account.partner_id or not number.endswith(account.tail):
        raise SealError(f"The seal of the bank account {account.pk} is another one's.")
    return str(number)


def seal_file(content: bytes) -> bytes:
    """Return the content of a paper under a seal: papers show what accounts hide."""
    return _seals().encrypt(content)


def open_file(sealed: bytes) -> bytes:
    """Return the content of a paper. Raises `SealError`."""
    try:
        return _seals().decrypt(sealed)
    except InvalidToken:
        raise SealError("No key opens this paper.") from None


def _seals() -> MultiFernet:
    """Return the seals of all keys; the first one seals.

    Those of the secret key come last: what was sealed before there was another stays
    readable.
    """
    keys = (
        *settings.BANK_SEAL_KEYS,
        *(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS),
    )
    return MultiFernet(
        [
            Fernet(
                base64.urlsafe_b64encode(
                    hashlib.sha256(b"commissions.bank:" + force_bytes(key)).digest()
                )
            )
            for key in keys
        ]
    )
