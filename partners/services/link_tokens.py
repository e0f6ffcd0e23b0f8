"""The secrets of links in letters: made from a row's random id, kept as their hash.

Whoever reads the database cannot write the link; whoever reads the link (in the log of a
proxy) learns nothing about anybody.
"""

from __future__ import annotations

import hashlib
from uuid import UUID

from django.conf import settings
from django.utils.crypto import salted_hmac


def link_token(salt: str, public_id: UUID, *, key: str | bytes | None = None) -> str:
    """Return the 256 bits of a link: made from the row, so that nobody stores them."""
    secret = settings.SECRET_KEY if key is None else key
    return salted_hmac(
        salt, str(public_id), secret=secret, algorithm="sha256"
    ).hexdigest()


def kept_token(salt: str, public_id: UUID, *, sha256: str) -> str | None:
    """Return the secret that hashes to what is kept; None if its key is gone since."""
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        token = link_token(salt, public_id, key=key)
        if hash_of(token) == sha256:
            return token
    return None


def hash_of(token: str) -> str:
    """Return what is kept of a secret; of whatever else stands in an address, too."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
