"""The fingerprint of a decision: of its edition, its partner and its facts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def fingerprint_of(*, edition: str, partner_id: int, facts: Mapping[str, Any]) -> str:
    """Return what is stored with a decision and computed again on its receipt."""
    canonical = json.dumps(
        {"edition": edition, "partner": partner_id, **facts}, sort_keys=True
    )
    return hashlib.sha256(canonical.encode()).hexdigest()
