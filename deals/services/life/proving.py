"""The client's proof that the partner is involved: asked for, given, recorded (3.10).

The client says it by a link that is good once, for 14 days; or the growth specialist
records a file or a statement (R45). The day of the newest proof is the deal's, and points
and commission rest on it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

import outbox.services as outbox
from deals.models import Deal, DealFile, InvalidTransitionError, Proof, ProofRequest
from deals.notifications.proofs import tell_denied, tell_proof
from deals.services.activities import (
    locked,
    note_activity,
    partner_accounts,
    vendor_accounts,
)
from deals.services.life.settling import settle_deals
from deals.services.life.steps import record_step, state_of
from outbox import clock
from partners.models import Person, User
from partners.selectors import published_editions
from partners.services import audit
from partners.services.letters import send_letter
from partners.services.link_tokens import hash_of, kept_token, link_token
from partners.services.mail import portal_address
from program.points import proof_is_valid

LINK_DAYS: Final = 14
_SALT: Final = "deals.proof"

PROVABLE: Final = (Deal.Stage.REGISTERED, Deal.Stage.WON)


class ProofError(ValueError):
    """A proof or its link that cannot be used: answered, withdrawn, out of time."""


@transaction.atomic
def ask_for_proof(
    *, deal_id: int, name: str, email: str, language: str, actor: User, at: datetime
) -> ProofRequest:
    """Send the client a link; a link that was sent before is good no more.

    Raises `InvalidTransitionError` unless the deal is open or won, `ProofError` for an
    address of the partner's own people.
    """
    deal = locked(deal_id)
    _refuse_unprovable(deal)
    _refuse_own_people(deal, email)
    earlier = ProofRequest.objects.filter(deal=deal, answer="", withdrawn_at=None)
    earlier.update(withdrawn_at=at)
    request = ProofRequest(
        deal=deal,
        name=name,
        email=email,
        language=language,
        asked_by=actor,
        asked_at=at,
        expires_at=at + timedelta(days=LINK_DAYS),
    )
    request.secret_hash = hash_of(link_token(_SALT, request.public_id))
    request.save()
    note_activity(deal, "proof_asked", actor=actor, at=at, facts={"name": name})
    audit.record(
        "deals.proof_asked", actor=actor, at=at, partner_id=deal.partner_id, of=request
    )
    outbox.put(
        "deals.proof_letter", key=f"proof-letter:{request.pk}", request_id=request.pk
    )
    return request


def send_proof_letter(*, request_id: int, at: datetime) -> bool:
    """Send the client its link, if it is still good; return whether it was sent."""
    request = (
        ProofRequest.objects.open_at(at)
        .filter(pk=request_id)
        .select_related("deal__partner", "deal__client")
        .first()
    )
    if request is None:
        return False
    token = kept_token(_SALT, request.public_id, sha256=request.secret_hash)
    if token is None:
        return False
    send_letter(
        "proof",
        to=request.email,
        language=request.language,
        message_id=f"proof-{request.public_id}",
        request=request,
        url=portal_address(reverse("deals:proof", args=[token])),
    )
    return True


@transaction.atomic
def withdraw_proof_request(*, request_id: int, actor: User, at: datetime) -> None:
    """Make a link good no more. Raises `ProofError` if it was answered or withdrawn."""
    deal = locked(ProofRequest.objects.get(pk=request_id).deal_id)
    request = ProofRequest.objects.select_for_update().get(pk=request_id)
    if request.answer or request.withdrawn_at:
        raise ProofError(_("This link is not open any more."))
    request.withdrawn_at = at
    request.save(update_fields=["withdrawn_at"])
    note_activity(deal, "proof_withdrawn", actor=actor, at=at)
    audit.record(
        "deals.proof_link_withdrawn",
        actor=actor,
        at=at,
        partner_id=deal.partner_id,
        of=request,
    )


def find_request(secret: str, *, at: datetime) -> ProofRequest | None:
    """Return the open request a link belongs to; None if it is good no more."""
    return (
        ProofRequest.objects.open_at(at)
        .filter(secret_hash=hash_of(secret), deal__stage__in=PROVABLE)
        .select_related("deal__partner", "deal__client")
        .first()
    )


@transaction.atomic
def answer_proof(
    *, secret: str, confirmed: bool, signed_as: str, remark: str, at: datetime
) -> ProofRequest:
    """Take the client's answer, once. A confirmation is a proof dated today.

    Raises `ProofError` if the link is good no more: of two answers at once one counts.
    """
    found = find_request(secret, at=at)
    if found is None:
        raise ProofError(_("This link is not good any more."))
    deal = locked(found.deal_id)
    request = ProofRequest.objects.select_for_update(of=("self",)).get(pk=found.pk)
    open_still = not request.answer and request.withdrawn_at is None
    if not open_still or request.expires_at <= at or deal.stage not in PROVABLE:
        raise ProofError(_("This link is not good any more."))
    answers = ProofRequest.Answer
    request.answer = answers.CONFIRMED if confirmed else answers.DENIED
    request.answered_at, request.signed_as, request.remark = at, signed_as, remark
    request.save(update_fields=["answer", "answered_at", "signed_as", "remark"])
    if confirmed:
        proof = Proof.objects.create(
            deal=deal,
            kind=Proof.Kind.LINK,
            dated_on=clock.program_day(at),
            request=request,
            at=at,
        )
        _count(deal, proof, actor=None, at=at)
        return request
    note_activity(deal, "proof_denied", actor=None, at=at, facts={"name": signed_as})
    audit.record(
        "deals.proof_denied", actor=None, at=at, partner_id=deal.partner_id, of=request
    )
    tell_denied(
        deal,
        key=f"proof-denied:{request.pk}",
        partner=partner_accounts(deal),
        vendor=vendor_accounts(deal),
        at=at,
    )
    return request


@transaction.atomic
def add_proof(
    *,
    deal_id: int,
    dated_on: date,
    file: DealFile | None,
    note: str,
    actor: User,
    at: datetime,
) -> Proof:
    """Record a proof the vendor holds: a file of the deal, or a statement (R45).

    Raises `InvalidTransitionError` unless the deal is open or won, `ProofError` for a day
    in the future, a file of another deal, or a day that is recorded already.
    """
    deal = locked(deal_id)
    _refuse_unprovable(deal)
    if dated_on > clock.program_day(at):
        raise ProofError(_("A proof of involvement cannot lie in the future."))
    # Asked again under the lock: it may have been removed a moment ago.
    kept = DealFile.objects.filter(deal=deal, removed_at=None)
    if file is not None and not kept.filter(pk=file.pk).exists():
        raise ProofError(_("The file does not belong to this deal."))
    if deal.poi_on == dated_on:
        raise ProofError(_("This proof is recorded already."))
    proof = Proof.objects.create(
        deal=deal,
        kind=Proof.Kind.FILE if file else Proof.Kind.STATEMENT,
        dated_on=dated_on,
        file=file,
        note=note,
        actor=actor,
        at=at,
    )
    _count(deal, proof, actor=actor, at=at)
    return proof


def _count(deal: Deal, proof: Proof, *, actor: User | None, at: datetime) -> None:
    """Make a proof the one the deal's points rest on, and post them if it is won.

    A client who confirms once more takes nothing away: a proof in time stays the one.
    """
    said = state_of(deal)
    if not _is_too_late_to_matter(deal, proof):
        deal.poi_on = proof.dated_on
    deal.save(update_fields=["poi_on"])
    # From no stage: a won deal that stays won is what readers know as its end.
    record_step(
        "deals.proof_recorded",
        deal,
        before="",
        said=said,
        on=proof.dated_on,
        note=proof.note,
        actor=actor,
        at=at,
    )
    if deal.stage == Deal.Stage.WON:
        settle_deals(
            deal_ids=[deal.pk], at=at, editions=published_editions(), refresh=True
        )
        outbox.put(
            "deals.proof_changed",
            key=f"proof-changed:{proof.pk}",
            deal_id=deal.pk,
            proof_id=proof.pk,
        )
    tell_proof(
        "deals.proof_given",
        deal,
        key=f"proof:{proof.pk}",
        accounts=partner_accounts(deal),
        at=at,
        day=proof.dated_on,
    )


def _is_too_late_to_matter(deal: Deal, proof: Proof) -> bool:
    """Say whether the answer of a client is out of time where another proof is not."""
    if proof.kind != Proof.Kind.LINK or deal.won_edition_id is None:
        return False
    assert deal.closed_on  # the constraint deal_closed_on_iff_closed
    rulebook = published_editions().by_id(deal.won_edition_id).rulebook
    before, after = (
        proof_is_valid(closed_on=deal.closed_on, poi_on=day, rulebook=rulebook)
        for day in (deal.poi_on, proof.dated_on)
    )
    return before and not after


def _refuse_own_people(deal: Deal, email: str) -> None:
    """Raise `ProofError` for an address of the company that is to be confirmed."""
    people = Person.objects.filter(partner=deal.partner_id, email__iexact=email)
    domain = email.rpartition("@")[2].lower()
    own = deal.partner.domain.lower()
    if people.exists() or (own and (domain == own or domain.endswith(f".{own}"))):
        raise ProofError(_("The client confirms it: write an address of the client."))


def _refuse_unprovable(deal: Deal) -> None:
    if deal.stage not in PROVABLE:
        raise InvalidTransitionError(_("Only an open or won deal can be proven."))
