"""The part of the page of a shared deal about what the partner asks of the vendor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from deals.forms.registration_words import Clock, promise_clock
from deals.forms.sharing import AnswerForm, RequestForm, RevokeForm, request_form
from deals.models import Assignment, Deal, DealRequest, SpecialistKind
from deals.pages.deal_parts import Forms, Rights
from deals.services.sharing.requesting import (
    BENEFITS,
    Ground,
    company_conditions,
    why_not,
)
from deals.shared_facts import CONDITIONS
from partners.models import User
from partners.receipts.benefits import BenefitRight
from program.rulebook import Rulebook
from ui.tones import Tone

REQUEST_TONES: Final = {
    DealRequest.State.OPEN: Tone.BRAND,
    DealRequest.State.APPROVED: Tone.GOOD,
    DealRequest.State.REFUSED: Tone.BAD,
    DealRequest.State.WITHDRAWN: Tone.NEUTRAL,
    DealRequest.State.REVOKED: Tone.BAD,
}


class Asked(NamedTuple):
    """A request with its tone, and the forms for who may answer or take it back."""

    request: DealRequest
    tone: Tone
    answer_form: AnswerForm | None
    revoke_form: RevokeForm | None
    may_withdraw: bool
    clock: Clock | None


def requests_part(
    deal: Deal,
    user: User,
    rights: Rights,
    *,
    forms: Forms,
    now: datetime,
    on: date,
    rulebook: Rulebook,
    benefits: Mapping[str, BenefitRight],
    assigned: Iterable[Assignment],
) -> dict[str, Any]:
    """Return what was asked of the vendor, what became of it, what may be asked now.

    `assigned` are the specialists at work, `benefits` those of the company.
    """
    requests = list(
        DealRequest.objects.visible_to(user)
        .filter(deal=deal)
        .select_related("asked_by", "decided_by", "revoked_by")
        .order_by("-asked_at", "-pk")
    )
    ground = Ground(
        rights=benefits,
        asked={(each.kind, each.state) for each in requests},
        engineer=any(each.kind == SpecialistKind.ENGINEER for each in assigned),
        rulebook=rulebook,
    )
    return {
        "requests": [_asked(each, rights, forms, now) for each in requests],
        "askable": _askable(deal, forms, on=on, ground=ground) if rights.sells else [],
    }


def _asked(request: DealRequest, rights: Rights, forms: Forms, now: datetime) -> Asked:
    states = DealRequest.State
    is_open = request.state == states.OPEN
    revocable = (
        request.kind == DealRequest.Kind.WAIVER and request.state == states.APPROVED
    )
    return Asked(
        request=request,
        tone=REQUEST_TONES[states(request.state)],
        answer_form=forms(AnswerForm(request=request))
        if is_open and rights.answers
        else None,
        revoke_form=forms(RevokeForm(request=request))
        if revocable and rights.answers
        else None,
        may_withdraw=is_open and rights.sells,
        clock=promise_clock(request.due_at, now) if is_open else None,
    )


class Askable(NamedTuple):
    """A kind of request: its form, or why it cannot be made now."""

    kind: str
    label: str
    form: RequestForm | None
    why_not: str
    conditions: list[tuple[Any, bool]]


def _askable(deal: Deal, forms: Forms, *, on: date, ground: Ground) -> list[Askable]:
    kinds = DealRequest.Kind
    found = []
    for kind in kinds:
        reason = why_not(deal, kind, ground=ground)
        if reason and deal.stage != Deal.Stage.REGISTERED:
            continue  # What helps with a sale is of no use after it.
        conditions = _conditions(deal, ground, on=on) if kind == kinds.WAIVER else []
        blocked = bool(reason) or any(not met for _words, met in conditions)
        found.append(
            Askable(
                kind=kind.value,
                label=str(kind.label),
                form=None if blocked else forms(request_form(kind.value)),
                why_not=reason,
                conditions=conditions,
            )
        )
    return found


def _conditions(deal: Deal, ground: Ground, *, on: date) -> list[tuple[Any, bool]]:
    """Return the conditions of a waiver that the company meets or does not."""
    level = ground.rights[BENEFITS[DealRequest.Kind.WAIVER]].level
    met = company_conditions(deal, on=on, level=level)
    return [(CONDITIONS[each], holds) for each, holds in met.items()]
