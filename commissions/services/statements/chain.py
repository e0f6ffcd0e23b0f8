"""The seal of a stored statement: over its heading, its lines, and the one before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC

from commissions.models import Statement, StatementLine
from program.statements import Plain, seal

_HEADING = (
    *("partner_id", "number", "currency", "opening_minor", "accrued_minor"),
    *("adjusted_minor", "forfeited_minor", "paid_minor", "closing_minor"),
    *("recovered_minor", "withheld_minor", "payable_minor", "line_count", "controls"),
    *("missing", "edition_id"),
)
_LINE = (
    *("number", "kind", "schedule_id", "accrual", "forfeiture_id", "adjustment_id"),
    *("payment_id", "source_minor", "source_currency", "rate_e10", "into_e10", "minor"),
)
_LINE_DAYS = ("month", "rate_on")


def digest_of(statement: Statement, lines: Iterable[StatementLine]) -> str:
    """Return the fingerprint of a statement with its lines, in the order of numbers.

    The lines may be a generator: none is kept.
    """
    heading: dict[str, object] = {name: getattr(statement, name) for name in _HEADING}
    heading["public_id"] = str(statement.public_id)
    heading["quarter"] = statement.quarter.isoformat()
    heading["pay_on"] = statement.pay_on.isoformat()
    heading["closed_on"] = statement.closed_on.isoformat()
    heading["closed_at"] = statement.closed_at.astimezone(UTC).isoformat()
    return seal(heading, _plain(lines), previous=statement.previous)


def _plain(lines: Iterable[StatementLine]) -> Iterator[list[Plain]]:
    for line in lines:
        values: list[Plain] = [getattr(line, name) for name in _LINE]
        for name in _LINE_DAYS:
            day = getattr(line, name)
            values.append(day.isoformat() if day else None)
        yield values
