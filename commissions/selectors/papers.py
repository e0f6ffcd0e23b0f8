"""Which papers a partner still owes, and which it held when (3.8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from commissions.models import (
    BankAccount,
    DocumentStep,
    PaperDemand,
    PayoutDocument,
    Statement,
)
from outbox.clock import program_day
from program.forfeiture import Held
from program.payout import Need, Paper, demandable, needs_of

State = PayoutDocument.State


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """A need and what stands against it: the paper under way, if there is one."""

    need: Need
    under_way: PayoutDocument | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A need of a partner, with the papers that are about it.

    `approved` holds, or has run out; `under_way` is in progress, waits or was rejected.
    `quarter` is the first day of the quarter of what is filed for each.
    """

    need: Need
    quarter: date | None
    approved: PayoutDocument | None
    under_way: PayoutDocument | None

    def is_met(self, on: date) -> bool:
        return self.approved is not None and self.approved.holds_on(on)


def missing_papers(
    *,
    partner_id: int,
    country: str,
    on: date,
    quarter: date | None,
    filed: Sequence[PayoutDocument] | None = None,
) -> tuple[Owed, ...]:
    """Return the needs of a country that no approved paper meets on a day.

    Papers of a quarter are asked for only with `quarter`, its first day. `filed` is what
    `filed_by` has read, if it was asked before.
    """
    standing = papers_of(
        partner_id=partner_id,
        country=country,
        on=on,
        quarters=(quarter,) if quarter else (),
        filed=filed,
    )
    return tuple(
        Owed(need=one.need, under_way=one.under_way or one.approved)
        for one in standing
        if not one.is_met(on)
    )


def papers_of(
    *,
    partner_id: int,
    country: str,
    on: date,
    quarters: Iterable[date],
    filed: Sequence[PayoutDocument] | None = None,
) -> tuple[Standing, ...]:
    """Return every need of a country with what stands against it on a day.

    First what is filed once, then what is filed for each of `quarters`, in their order.
    """
    papers = filed_by([partner_id])[partner_id] if filed is None else filed
    found = [
        _standing(need, None, papers, on)
        for need in needs_of(country)
        if not need.quarterly
    ]
    for quarter in quarters:
        demanded = (
            PaperDemand.objects.of(partner_id, quarter=quarter)
            if demandable(country)
            else frozenset()
        )
        found += [
            _standing(need, quarter, papers, on)
            for need in needs_of(country, demanded=demanded)
            if need.quarterly
        ]
    return tuple(found)


def filed_by(partner_ids: Iterable[int]) -> Mapping[int, list[PayoutDocument]]:
    """Return what each partner has filed that was not replaced, the newest first."""
    filed: dict[int, list[PayoutDocument]] = {pk: [] for pk in partner_ids}
    for paper in (
        PayoutDocument.objects.filter(partner_id__any_of=filed)
        .exclude(state=State.REPLACED)
        .select_related("account")
        .order_by("-filed_at", "-pk")
    ):
        filed[paper.partner_id].append(paper)
    return filed


def _standing(
    need: Need, quarter: date | None, papers: Iterable[PayoutDocument], on: date
) -> Standing:
    about = [
        paper
        for paper in papers
        if paper.kind in need.papers and paper.quarter == quarter
    ]
    approved = [paper for paper in about if paper.state == State.APPROVED]
    open_ones = (paper for paper in about if paper.state != State.APPROVED)
    # One that holds before one that has run out.
    approved.sort(key=lambda paper: paper.holds_on(on), reverse=True)
    return Standing(
        need=need,
        quarter=quarter,
        approved=approved[0] if approved else None,
        under_way=next(open_ones, None),
    )


def current_account(partner_id: int, on: date) -> BankAccount | None:
    """Return the account a partner is paid to on a day: of its approved bank form."""
    form = (
        PayoutDocument.objects.valid_on(on)
        .filter(partner_id=partner_id, kind=PayoutDocument.Kind.BANK_FORM)
        .select_related("account")
        .first()
    )
    return form.account if form else None


def account_of(filed: Iterable[PayoutDocument], on: date) -> BankAccount | None:
    """Return what `current_account` does, of what `filed_by` has read of a partner."""
    forms = (paper for paper in filed if paper.kind == Paper.BANK_FORM)
    return next((form.account for form in forms if form.holds_on(on)), None)


def invoice_due(statement: Statement) -> int:
    """Return the amount its invoice is to state: what is payable, or waits for papers."""
    return statement.payable_minor + statement.withheld_minor


def held_papers(
    partner_ids: Iterable[int], *, waiting: bool
) -> Mapping[int, tuple[Held, ...]]:
    """Return what each partner held when, of the papers that are filed once.

    From the day on which a paper was filed as it was approved: how long finance takes is
    not the partner's. With `waiting`, what waits for approval counts as if it were.
    """
    states = [State.APPROVED, State.REPLACED, *([State.PENDING] if waiting else [])]
    papers = PayoutDocument.objects.filter(
        partner_id__in=list(partner_ids), quarter=None, state__in=states
    )
    ends = {
        step.document_id: program_day(step.at)
        for step in DocumentStep.objects.filter(
            document__in=papers.filter(state=State.REPLACED), to_state=State.REPLACED
        )
    }
    held: dict[int, list[Held]] = defaultdict(list)
    for paper in papers:
        days = [day for day in (ends.get(paper.pk), paper.expires_on) if day is not None]
        held[paper.partner_id].append(
            Held(
                Paper(paper.kind),
                program_day(paper.filed_at),
                min(days, default=None),
            )
        )
    return {partner_id: tuple(found) for partner_id, found in held.items()}
