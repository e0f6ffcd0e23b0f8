"""The parts of the page of a shared deal, each for what may be done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple, TypeVar

from deals.forms.sharing import (
    AskProofForm,
    CommentForm,
    ContestForm,
    DealForm,
    DecideMotionForm,
    FieldsForm,
    FileForm,
    LoseForm,
    RecordProofForm,
    TeamForm,
    WithdrawForm,
)
from deals.models import (
    Assignment,
    Deal,
    DealComment,
    DealFile,
    DealTeamMember,
    MotionStep,
    Proof,
    ProofRequest,
)
from deals.permissions import has_role, may_add, may_work, works_for_vendor
from deals.services.life.proving import PROVABLE
from deals.services.life.validity import may_extend
from deals.services.sharing.teams import may_take_away
from deals.shared_facts import (
    FIELD_FACTS,
    Next,
    ProofState,
    assignment_reason,
    motion_evidence,
    next_act,
    proof_state,
)
from partners.models import User
from partners.receipts.benefits import BenefitRight
from partners.selectors import Editions
from program.pipeline import is_stalled
from program.rulebook import Product, Rulebook

COMMENTS: Final = 100
"""So many of the latest comments are shown; earlier ones stand in the timeline."""

F = TypeVar("F", bound=DealForm)


class Forms:
    """The forms of the page; one that was refused takes the place of its like."""

    def __init__(self, refused: DealForm | None) -> None:
        self.refused = refused
        self.is_placed = False

    def __call__(self, form: F) -> F:
        if self.refused is None or self.refused.key != form.key:
            return form
        assert isinstance(self.refused, type(form))
        self.is_placed = True
        return self.refused


class Rights(NamedTuple):
    """What an account may do on a deal that it sees."""

    works: bool
    adds: bool
    sells: bool
    answers: bool

    @classmethod
    def of(cls, user: User) -> Rights:
        return cls(may_work(user), may_add(user), has_role(user), works_for_vendor(user))


NO_RIGHTS: Final = Rights(works=False, adds=False, sells=False, answers=False)


def work_part(
    deal: Deal, user: User, rights: Rights, *, forms: Forms, on: date
) -> dict[str, Any]:
    """Return the fields with their owners, and the forms to change or end the deal."""
    is_open = deal.stage == Deal.Stage.REGISTERED
    return {
        "is_open": is_open,
        "field_facts": FIELD_FACTS,
        "stalled": is_open
        and is_stalled(active_on=deal.active_on, registered_on=deal.registered_on, on=on),
        "fields_form": forms(FieldsForm(deal=deal, user=user))
        if is_open and rights.works
        else None,
        "lose_form": forms(LoseForm()) if is_open and rights.sells else None,
        "withdraw_form": forms(WithdrawForm()) if is_open and rights.sells else None,
    }


def validity_part(
    deal: Deal,
    rights: Rights,
    *,
    on: date,
    rulebook: Rulebook,
    benefits: Mapping[str, BenefitRight],
) -> dict[str, Any]:
    """Return how long the registration holds, and whether it can be extended."""
    is_open = deal.stage == Deal.Stage.REGISTERED and deal.valid_until is not None
    why = ""
    if is_open:
        why = may_extend(deal, on=on, rulebook=rulebook, rights=benefits)
    return {
        "why_not_extended": why,
        "may_extend": is_open and not why and rights.sells,
        "extends_by": rulebook.deal.validity_days,
        "extends_to": deal.last_valid_on + timedelta(days=rulebook.deal.validity_days)
        if deal.last_valid_on
        else None,
    }


def people_part(
    deal: Deal,
    user: User,
    rights: Rights,
    *,
    forms: Forms,
    products: Mapping[str, Product],
) -> dict[str, Any]:
    """Return specialists with the reason of each, and the team of both sides."""
    running = (
        Assignment.objects.running()
        .filter(deal=deal)
        .select_related("specialist", "assigned_by")
        .order_by("pk")
    )
    members = (
        DealTeamMember.objects.filter(deal=deal, left_at=None)
        .select_related("user")
        .order_by("added_at", "pk")
    )
    return {
        "assignments": [
            (each, _product(each.product_line, products), assignment_reason(each))
            for each in running
        ],
        "team": [
            (each, rights != NO_RIGHTS and may_take_away(each, user)) for each in members
        ],
        "follows": any(each.user_id == user.pk for each in members),
        "team_form": forms(TeamForm(deal=deal, user=user)) if rights.works else None,
    }


def _product(code: str, products: Mapping[str, Product]) -> str:
    product = products.get(code)
    return product.name if product else code


def motion_part(deal: Deal, rights: Rights, *, forms: Forms) -> dict[str, Any]:
    """Return what was said about the motion, on what evidence, and what may be now."""
    states = Deal.MotionState
    is_open = deal.stage == Deal.Stage.REGISTERED
    sells, contestable = is_open and rights.sells, deal.motion_state != states.CONTESTED
    steps = MotionStep.objects.filter(deal=deal).select_related("actor")
    return {
        "motion_steps": [
            (step, motion_evidence(step)) for step in steps.order_by("-at", "-pk")
        ],
        "may_confirm": sells and deal.motion_state == states.PROPOSED,
        "contest_form": forms(ContestForm()) if sells and contestable else None,
        "decide_form": forms(DecideMotionForm(initial={"motion": deal.motion}))
        if is_open and rights.answers
        else None,
    }


def proof_part(
    deal: Deal,
    user: User,
    rights: Rights,
    *,
    forms: Forms,
    now: datetime,
    on: date,
    editions: Editions,
) -> dict[str, Any]:
    """Return whether the proof counts, until when one would, and the links sent."""
    closed_on = deal.closed_on or on
    # What was won before there were rules rests on no proof.
    provable = deal.stage in PROVABLE and closed_on >= editions.first_day
    asked = ProofRequest.objects.visible_to(user).filter(deal=deal)
    links = list(asked.select_related("asked_by").order_by("-asked_at", "-pk")[:20])
    open_link = next(
        (
            each
            for each in links
            if not each.answer and each.withdrawn_at is None and each.expires_at > now
        ),
        None,
    )
    proofs = Proof.objects.filter(deal=deal).select_related("actor", "request", "file")
    contact = {"language": user.language}
    state = None
    if provable:
        state = proof_state(deal, on=on, rulebook=editions.on(closed_on).rulebook)
    # Nothing more is asked of the client of a deal that is won with its proof.
    settled = state is not None and state.counts and deal.closed_on is not None
    return {
        "proof_state": state,
        "links": links,
        "open_link": open_link,
        "proofs": _readable_proofs(proofs.order_by("-at", "-pk")[:20], user),
        "ask_form": forms(AskProofForm(initial=contact))
        if provable and rights.works and not settled
        else None,
        "record_form": forms(RecordProofForm(deal=deal, user=user))
        if provable and rights.answers
        else None,
    }


def _readable_proofs(proofs: Any, user: User) -> list[tuple[Proof, DealFile | None]]:
    """Return proofs, each with its file if the account may open that."""
    found = []
    for proof in proofs:
        file = proof.file
        hidden = file is not None and (
            file.removed_at is not None or (file.internal and not user.is_staff)
        )
        found.append((proof, None if hidden else file))
    return found


def talk_part(
    deal: Deal,
    user: User,
    rights: Rights,
    *,
    forms: Forms,
    comments: Sequence[DealComment],
) -> dict[str, Any]:
    """Return comments, of which the latest are given, files, and forms to add some."""
    files = DealFile.objects.visible_to(user).filter(deal=deal)
    return {
        "comments": comments[:COMMENTS][::-1],
        "earlier_comments": len(comments) > COMMENTS,
        "comment_form": forms(CommentForm(user=user)) if rights.adds else None,
        "files": [
            (each, rights.adds and each.uploaded_by.is_staff == user.is_staff)
            for each in files.select_related("uploaded_by").order_by(
                "-uploaded_at", "-pk"
            )
        ],
        "file_form": forms(FileForm(user=user)) if rights.adds else None,
    }


def next_part(
    deal: Deal,
    rights: Rights,
    *,
    proof: ProofState | None,
    asked: bool,
    extendable: bool,
    on: date,
    rulebook: Rulebook,
) -> Next | None:
    """Return what the partner does next; None for who does nothing here."""
    if not rights.sells or proof is None:
        return None
    horizon = on + timedelta(days=max(rulebook.deal.reminder_days, default=0))
    return next_act(
        deal,
        proof=proof,
        asked=asked,
        extendable=extendable,
        soon=deal.valid_until is not None and deal.valid_until <= horizon,
    )
