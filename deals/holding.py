"""Deals that stay with their partner, because packages above rest on it.

Deals know nothing of statements, and must not: who keeps something that a change of
partner would break registers here, and is asked before a deal is given to another one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from django.utils.translation import gettext as _

from interchange.files import Batch, Row

Holder = Callable[[Collection[int]], Mapping[int, Collection[int]]]
"""Ids of deals → deal id → the partners that it must stay with; others are free.

One call is asked about a whole batch: the same queries, however many deals.
"""

_holders: list[Holder] = []


def holds(holder: Holder) -> Holder:
    """Register who holds deals; when the app is ready. Twice is once."""
    if holder not in _holders:
        _holders.append(holder)
    return holder


def held(deal_ids: Collection[int]) -> dict[int, set[int]]:
    """Return deal id → the partners that it must stay with; free ones are left out."""
    found: dict[int, set[int]] = {}
    for holder in _holders if deal_ids else ():
        for deal_id, partner_ids in holder(deal_ids).items():
            found.setdefault(deal_id, set()).update(partner_ids)
    return found


def refuse_held(batch: Batch, rows: Iterable[tuple[Row, int, int, int]]) -> None:
    """Refuse rows that give a deal to another partner than it must stay with.

    `rows` are those of deals that are known: (row, deal id, its partner, the wanted one).
    Back to the partner that it must stay with a deal may go: so it is put right.
    """
    moved = [
        (row, deal_id, wanted)
        for row, deal_id, stored, wanted in rows
        if stored != wanted
    ]
    holders = held([deal_id for _row, deal_id, _wanted in moved])
    for row, deal_id, wanted in moved:
        if holders.get(deal_id, set()) - {wanted}:
            batch.refuse(
                row, "partner_ref",
                _("The commissions of this deal stand in statements or are contested: it "
                  "stays with its partner."),
                _("Have finance correct them by an adjustment, or cancel the deal and "
                  "import the sale under a new reference."),
            )  # fmt: skip
