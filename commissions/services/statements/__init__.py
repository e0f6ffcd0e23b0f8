"""Statements: closed once per partner and quarter, sealed, recomputed nightly (3.7)."""

from commissions.services.statements.closing import (
    Blocked,
    Blocker,
    close_due,
    close_range,
    close_statement,
    partners_to_close,
)

__all__ = [
    "Blocked",
    "Blocker",
    "close_due",
    "close_range",
    "close_statement",
    "partners_to_close",
]
