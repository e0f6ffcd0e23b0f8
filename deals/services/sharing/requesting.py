"""What a partner asks of the vendor for one deal, and the answers (R48, R87-R90, 3.19).

An onboarding waiver may be asked for when four conditions hold; they are asked again when
it is approved, and an approved waiver can be revoked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from deals.models import Assignment, Deal, DealRequest, SpecialistKind
from deals.notifications.sharing import (
    request_key,
    request_late_key,
    tell_answered,
    tell_asked,
    tell_request_late,
)
from deals.services.activities import (
    locked,
    note_activity,
    partner_accounts,
    vendor_accounts,
)
from deals.services.specialists.assigning import assign_engineer, lines_of
from partners.models import Certification, User
from partners.receipts.benefits import BenefitRight, benefits_available, level_on
from partners.selectors import published_editions
from partners.services import audit
from partners.services.notifications import settle_notifications
from partners.services.tiers.telling import staff_of
from program.assignments import reaches_engineer
from program.rulebook import Level, Rulebook

Kind, State = DealRequest.Kind, DealRequest.State

ASKABLE: Final = (Deal.Stage.REGISTERED, Deal.Stage.WON)
"""Help is for what is being sold, or is running."""

BEFORE_THE_CLOSE: Final = frozenset({Kind.DEMO, Kind.ENGINEER, Kind.REFERENCE})


BENEFITS: Final = {
    Kind.WAIVER: "onboarding_waiver",
    Kind.REFERENCE: "customer_reference",
    Kind.DEMO: "shared_deals",
    Kind.ENGINEER: "shared_deals",
}
"""Kind of request → the benefit it is part of."""


class RequestError(ValueError):
    """A request that cannot be made, answered or revoked; the sentence says why."""


class Condition(StrEnum):
    """What an onboarding waiver takes (R87, R88; 3.19)."""

    MEMBERSHIP = "membership"
    ONBOARDED = "onboarded"
    CONSENT = "consent"
    PLAN = "plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The partner's own service, which replaces the vendor's onboarding.

    What it covers is the text of the request; `until_on` is the first day after it.
    """

    hours: int
    from_on: date
    until_on: date
    client_agrees: bool


def company_conditions(
    deal: Deal, *, on: date, level: Level | None = None
) -> dict[Condition, bool]:
    """Return which conditions of a waiver the company meets on a day.

    `level` is its column of the matrix on that day, for who has read it.

    The guide asks for a completed partner onboarding and names no record of it. What the
    programme knows is the Solutions Partner certification (R8), with which it ends: one
    valid one of somebody who works there is taken for it.
    """
    certified = Certification.objects.solutions_partner_on(on).filter(
        person__partner=deal.partner_id
    )
    level = level or level_on(deal.partner, on)
    return {
        Condition.MEMBERSHIP: level is not Level.PROVIDER,
        Condition.ONBOARDED: certified.exists(),
    }


def unmet(deal: Deal, *, text: str, plan: Plan | None, on: date) -> list[Condition]:
    """Return the conditions of a waiver that are not met, in their order."""
    met = company_conditions(deal, on=on)
    met[Condition.CONSENT] = plan is not None and plan.client_agrees
    met[Condition.PLAN] = bool(
        plan is not None
        and text.strip()
        and plan.hours > 0
        and plan.from_on < plan.until_on
    )
    return [condition for condition in Condition if not met[condition]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What decides which requests can be made for a deal on a day: read once for all.

    `rights` are the company's benefits, `asked` the kind and state of each request of the
    deal; `engineer` says whether a solutions engineer is assigned, or will be.
    """

    rights: Mapping[str, BenefitRight]
    asked: Collection[tuple[str, str]]
    engineer: bool
    rulebook: Rulebook


def ground_of(deal: Deal, *, on: date) -> Ground:
    rulebook = published_editions().on(on).rulebook
    engineers = Assignment.objects.running().filter(
        deal=deal, kind=SpecialistKind.ENGINEER
    )
    return Ground(
        rights=benefits_available(
            deal.partner, set(BENEFITS.values()), on=on, rulebook=rulebook
        ),
        asked=set(DealRequest.objects.filter(deal=deal).values_list("kind", "state")),
        engineer=engineers.exists(),
        rulebook=rulebook,
    )


def why_not(deal: Deal, kind: str, *, ground: Ground) -> str:
    """Return why a request of a kind cannot be made for a deal now; "" if it can.

    Not about what the request says: a waiver's conditions are `unmet`.
    """
    if deal.stage not in ASKABLE or deal.cancelled_on is not None:
        return _("Requests are for open and running deals.")
    if kind in BEFORE_THE_CLOSE and deal.stage != Deal.Stage.REGISTERED:
        return _("This help is for deals that are not closed yet.")
    if (kind, State.OPEN) in ground.asked:
        return _("It is asked for already.")
    if kind == Kind.WAIVER and (kind, State.APPROVED) in ground.asked:
        return _("There is a waiver already.")
    if kind == Kind.ENGINEER and (reason := _why_no_engineer(deal, ground)):
        return reason
    return ground.rights[BENEFITS[Kind(kind)]].why


def _why_no_engineer(deal: Deal, ground: Ground) -> str:
    """Below the limit one is asked for; from it on the rule assigns one by itself."""
    if ground.engineer:
        return _("A solutions engineer is assigned, or will be.")
    if reaches_engineer(lines_of(deal), rulebook=ground.rulebook):
        return _("From this size on a solutions engineer comes without asking.")
    return ""


@transaction.atomic
def ask(
    *,
    deal_id: int,
    kind: str,
    text: str,
    plan: Plan | None,
    actor: User,
    at: datetime,
    today: date,
) -> DealRequest:
    """Ask the vendor for something; an answer is due within the time of reviews.

    Raises `RequestError` with the reason of `why_not`, without a text, and for a waiver
    whose conditions are not met.
    """
    deal = locked(deal_id)
    if reason := why_not(deal, kind, ground=ground_of(deal, on=today)):
        raise RequestError(reason)
    if not text.strip():
        raise RequestError(_("Say what is needed."))
    if kind == Kind.WAIVER and unmet(deal, text=text, plan=plan, on=today):
        raise RequestError(_("The conditions of a waiver are not met."))
    hours = published_editions().on(today).rulebook.deal.review_sla_hours
    request = DealRequest(
        deal=deal,
        kind=kind,
        text=text,
        asked_by=actor,
        asked_at=at,
        due_at=at + timedelta(hours=hours),
    )
    if kind == Kind.WAIVER and plan is not None:
        request.hours, request.client_agrees = plan.hours, plan.client_agrees
        request.from_on, request.until_on = plan.from_on, plan.until_on
    request.save()
    _record("asked", request, actor=actor, at=at)
    tell_asked(request, accounts=vendor_accounts(deal), at=at)
    return request


@transaction.atomic
def withdraw(*, request_id: int, actor: User, at: datetime) -> DealRequest:
    """Take a request back. Raises `RequestError` once it is answered."""
    request = _locked(request_id)
    _refuse_answered(request)
    request.state = State.WITHDRAWN
    request.save(update_fields=["state"])
    _record("withdrawn", request, actor=actor, at=at)
    _settle(request, at=at)
    return request


@transaction.atomic
def decide(
    *,
    request_id: int,
    approve: bool,
    answer: str,
    actor: User,
    at: datetime,
    today: date,
) -> DealRequest:
    """Answer a request, with a sentence that the partner reads.

    A waiver is approved only while its conditions hold; an approved request for an
    engineer assigns one. Raises `RequestError` for an answered one, a closed deal, an
    empty answer, and a waiver that may not be given any more.
    """
    request = _locked(request_id)
    _refuse_answered(request)
    if not answer.strip():
        raise RequestError(_("An answer needs a sentence."))
    if approve:
        _refuse_approval(request, on=today)
    request.state = State.APPROVED if approve else State.REFUSED
    request.decided_by, request.decided_at, request.answer = actor, at, answer
    request.save(update_fields=["state", "decided_by", "decided_at", "answer"])
    _record("approved" if approve else "refused", request, actor=actor, at=at)
    _settle(request, at=at)
    if approve and request.kind == Kind.ENGINEER:
        assign_engineer(request.deal, at=at, today=today)
    _tell_answer(request, answer, at=at)
    return request


def _refuse_approval(request: DealRequest, *, on: date) -> None:
    deal = request.deal
    if deal.stage not in ASKABLE or deal.cancelled_on is not None:
        raise RequestError(_("The deal is over: the request can only be refused."))
    if request.kind == Kind.ENGINEER and deal.stage != Deal.Stage.REGISTERED:
        raise RequestError(_("The deal is over: the request can only be refused."))
    if request.kind != Kind.WAIVER:
        return
    missing = [each for each, met in company_conditions(deal, on=on).items() if not met]
    if missing or not request.client_agrees:
        raise RequestError(_("The conditions of a waiver are not met any more."))


@transaction.atomic
def revoke(*, request_id: int, reason: str, actor: User, at: datetime) -> DealRequest:
    """Revoke an approved waiver, with a reason that the partner reads.

    Raises `RequestError` for anything else, and without a reason.
    """
    request = _locked(request_id)
    if request.kind != Kind.WAIVER or request.state != State.APPROVED:
        raise RequestError(_("Only an approved waiver is revoked."))
    if not reason.strip():
        raise RequestError(_("Say why it is revoked."))
    request.state = State.REVOKED
    request.revoked_by, request.revoked_at, request.revocation = actor, at, reason
    request.save(update_fields=["state", "revoked_by", "revoked_at", "revocation"])
    _record("revoked", request, actor=actor, at=at)
    _tell_answer(request, reason, at=at)
    return request


def tell_late_requests(*, at: datetime) -> int:
    """Tell both sides of broken promises, each once; return how many are new.

    Nothing is decided by itself: the request stays open. After a time without a clock
    what is late meanwhile is told once, too.
    """
    late = DealRequest.objects.late_at(at).filter(late_told_at=None)
    ids = list(late.order_by("due_at", "pk").values_list("pk", flat=True))
    return sum(_tell_late(pk, at=at) for pk in ids)


@transaction.atomic
def _tell_late(request_id: int, *, at: datetime) -> bool:
    request = _locked(request_id)
    deal = request.deal
    if request.state != State.OPEN or request.late_told_at or request.due_at > at:
        return False
    request.late_told_at = at
    request.save(update_fields=["late_told_at"])
    audit.record(
        "deals.request_late",
        actor=None,
        at=at,
        partner_id=deal.partner_id,
        of=request,
    )
    # Besides those who were asked also those who are responsible for the partner.
    vendor = {*vendor_accounts(deal), *staff_of(deal.partner)}
    tell_request_late(request, vendor=vendor, partner=_who_asked(request), at=at)
    return True


def _locked(request_id: int) -> DealRequest:
    """Return a request with its deal, both locked: the deal first, as everywhere."""
    deal = locked(DealRequest.objects.get(pk=request_id).deal_id)
    request = DealRequest.objects.select_for_update(of=("self",)).get(pk=request_id)
    request.deal = deal
    return request


def _refuse_answered(request: DealRequest) -> None:
    if request.state != State.OPEN:
        raise RequestError(_("The request is not open any more."))


def _settle(request: DealRequest, *, at: datetime) -> None:
    settle_notifications(key=request_key(request), at=at)
    settle_notifications(key=request_late_key(request), at=at)


def _tell_answer(request: DealRequest, text: str, *, at: datetime) -> None:
    tell_answered(request, answer=text[:500], accounts=_who_asked(request), at=at)


def _who_asked(request: DealRequest) -> set[int]:
    """Return who hears of a deal, and whoever asked if they still work there."""
    accounts = {*partner_accounts(request.deal)}
    asker = request.asked_by
    if asker.partner is not None and asker.partner.pk == request.deal.partner_id:
        accounts.add(asker.pk)
    return accounts


def _record(what: str, request: DealRequest, *, actor: User, at: datetime) -> None:
    deal = request.deal
    note = {"refused": request.answer, "approved": request.answer}.get(what, "")
    note = request.revocation if what == "revoked" else note
    note_activity(
        deal,
        f"request_{what}",
        actor=actor,
        at=at,
        facts={"kind": request.kind},
    )
    audit.record(
        f"deals.request_{what}",
        actor=actor,
        at=at,
        partner_id=deal.partner_id,
        of=request,
        note=note,
    )
