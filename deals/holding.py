"""Deals that stay with their partner, because packages above rest on it.

Deals know nothing of statements, and must not: who keeps something that a change of
partner would break registers here with its reason, and is asked before a deal is given to
another one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from django_stubs_ext import StrPromise

from interchange.files import Batch, Row

Finder = Callable[[Collection[int]], Mapping[int, Collection[int]]]
"""Ids of deals → deal id → the partners that it must stay with; others are free.

One call is asked about a whole batch: the same queries, however many deals.
"""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds deals: how they are found, why they stay, and what to do instead."""

    find: Finder
    why: StrPromise
    instead: StrPromise


_holders: list[Holder] = []


def holds(*, why: StrPromise, instead: StrPromise) -> Callable[[Finder], Finder]:
    """Register what finds held deals, with two sentences for who would move one."""

    def registered(find: Finder) -> Finder:
        _holders.append(Holder(find, why, instead))
        return find

    return registered


def held(deal_ids: Collection[int]) -> dict[int, list[tuple[set[int], Holder]]]:
    """Return deal id → the partners that each holder wants it to stay with."""
    found: dict[int, list[tuple[set[int], Holder]]] = {}
    for holder in _holders if deal_ids else ():
        for deal_id, partner_ids in holder.find(deal_ids).items():
            found.setdefault(deal_id, []).append((set(partner_ids), holder))
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
    found = held([deal_id for _row, deal_id, _wanted in moved])
    for row, deal_id, wanted in moved:
        for partner_ids, holder in found.get(deal_id, ()):
            if partner_ids - {wanted}:
                batch.refuse(row, "partner_ref", str(holder.why), str(holder.instead))
                break
