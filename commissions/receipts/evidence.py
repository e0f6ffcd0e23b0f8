"""A month as it stood when it was contested: kept as it was, whatever happens later."""

from __future__ import annotations

from commissions.receipts.month import MonthReceipt
from outbox.services import JSON, iso
from program.money import Money


def evidence_of(receipt: MonthReceipt, *, edition: str) -> dict[str, JSON]:
    """Return all a month rested on; amounts as [minor units, currency].

    What other partners took is in it as the sums the partner saw, without a name.
    """
    schedule = receipt.schedule
    return {
        "deal": schedule.deal.name,
        "deal_ref": schedule.deal_ref,
        "client": schedule.deal.client_label,
        "product_line": schedule.product_line,
        "month": iso(receipt.month),
        "plan": schedule.plan,
        "rate_bps": schedule.rate_bps,
        "edition": edition,
        "most": _pair(receipt.most),
        "base": _pair(receipt.base),
        "expected": _pair(receipt.expected),
        "earned": _pair(receipt.earned),
        "why": receipt.why,
        "receipts": [
            {
                "id": one.receipt.pk,
                "ref": one.receipt.ref,
                "amount": _pair(one.amount),
                "recorded_at": one.receipt.recorded_at.isoformat(),
            }
            for one in receipt.receipts
        ],
        "parts": [
            {"label": part.label, "took": _pair(part.took)} for part in receipt.parts
        ],
        "lines": [
            {
                "number": line.number,
                "base": _pair(line.base),
                "commission": _pair(line.commission),
                "rate_bps": line.rate_bps,
                "recorded_at": line.recorded_at.isoformat(),
            }
            for line in receipt.lines
        ],
        "statements": [
            {
                "statement": one.line.statement.number,
                "line": one.line.number,
                "amount": _pair(one.amount),
                "digest": one.line.statement.digest,
            }
            for one in receipt.standings
        ],
    }


def _pair(amount: Money) -> list[JSON]:
    return [amount.minor, amount.currency]
