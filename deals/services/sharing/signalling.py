"""Signals of prospects: who signed up, and whom it is told (R84, 3.18, C30).

Only companies with an open shared deal matter, and only people who asked for it hear of
them: the deal's owner and its team.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from deals.models import Deal, ProspectSignal, SignalSubscription
from deals.models.numbers import is_of_registration
from deals.notifications.signals import tell_signal
from deals.services.activities import (
    locked,
    note_activity,
    partner_team,
    staff_team,
)
from partners.models import User
from partners.services import audit
from partners.services.free_mail import FREE_MAIL
from program.domains import DomainProblem, UnusableDomainError, normalised

TOLERANCE_S: Final = 300
"""How old a signed message may be, and how far ahead its sender's clock."""

MAX_ID: Final = 100


class SignalError(ValueError):
    """A signal that cannot be taken: no domain of a company, an impossible moment."""


@dataclass(frozen=True, slots=True)
class Received:
    """A signal, and whether it is news: told again, it is the row there was."""

    signal: ProspectSignal
    is_news: bool


def signature_of(body: bytes, *, moment: str, secret: str) -> str:
    """Return the signature of a message: HMAC-SHA256 of `MOMENT.BODY`, in hexadecimal."""
    message = moment.encode(errors="replace") + b"." + body
    return hmac.new(secret.encode(), message, sha256).hexdigest()


def is_signed(
    body: bytes, *, moment: str, signature: str, secret: str, at: datetime
) -> bool:
    """Say whether a message is the sender's and fresh. `moment` are Unix seconds."""
    expected = signature_of(body, moment=moment, secret=secret)
    given = signature.encode(errors="replace")
    if not hmac.compare_digest(expected.encode(), given):
        return False
    # Signed by the sender, so it is a number; a stranger's text never gets here.
    return moment.isdecimal() and abs(at.timestamp() - int(moment)) <= TOLERANCE_S


@transaction.atomic
def receive_signal(
    *,
    external_id: str,
    domain: str,
    happened_at: datetime,
    entered_by: User | None,
    at: datetime,
) -> Received:
    """Keep a sign-up and tell those who asked for it, once however often it is sent.

    Raises `SignalError` for an empty or long id, for what is no company's domain, and for
    a moment in the future.
    """
    if not 0 < len(external_id) <= MAX_ID:
        raise SignalError(_("The id has 1 to %(most)s characters.") % {"most": MAX_ID})
    if happened_at > at:
        raise SignalError(_("It cannot have happened in the future."))
    name = _domain(domain)
    deals = list(_deals_of(name))
    try:
        with transaction.atomic():
            signal = ProspectSignal.objects.create(
                external_id=external_id,
                kind=ProspectSignal.Kind.SIGN_UP,
                domain=name,
                happened_at=happened_at,
                received_at=at,
                entered_by=entered_by,
                deals=[deal.pk for deal in deals],
            )
    except IntegrityError:
        known = ProspectSignal.objects.get(external_id=external_id)
        return Received(known, is_news=False)
    audit.record(
        "deals.signal_received", actor=entered_by, at=at, partner_id=None, of=signal
    )
    for deal in deals:
        _tell(locked(deal.pk), signal, at=at)
    return Received(signal, is_news=True)


def _domain(text: str) -> str:
    try:
        return normalised(text, free_mail=FREE_MAIL)
    except UnusableDomainError as error:
        if error.problem == DomainProblem.FREE_MAIL:
            # Someone with a private address signed up: nobody's prospect.
            raise SignalError(_("That is a domain of private addresses.")) from error
        raise SignalError(_("That is no domain of a company.")) from error


def _deals_of(domain: str) -> Iterable[Deal]:
    """Return the open shared deals whose client or registration has a domain.

    What one partner typed tells another one nothing: of a client that was made of a
    registration only those hear who registered the domain themselves.
    """
    open_deals = Deal.objects.filter(stage=Deal.Stage.REGISTERED)
    by_client = open_deals.filter(client__domains__name=domain).select_related("client")
    by_registration = open_deals.filter(registration__domains__domain__name=domain)
    ids = {deal.pk for deal in by_client if not is_of_registration(deal.client)}
    ids |= {*by_registration.values_list("pk", flat=True)}
    return Deal.objects.filter(pk__in=ids).order_by("pk")


def _tell(deal: Deal, signal: ProspectSignal, *, at: datetime) -> None:
    note_activity(deal, "signed_up", actor=None, at=at, facts={"domain": signal.domain})
    wanted = {*partner_team(deal), *staff_team(deal)}
    if deal.owner is not None and deal.owner.user_id and deal.owner.left_on is None:
        wanted.add(deal.owner.user_id)
    asked = SignalSubscription.objects.filter(user__in=wanted)
    tell_signal(
        deal,
        signal,
        accounts=[*asked.values_list("user_id", flat=True)],
        at=at,
    )


@transaction.atomic
def subscribe(*, user: User, wanted: bool, at: datetime) -> None:
    """Ask for the signals of one's deals, or no longer (R84)."""
    if wanted:
        SignalSubscription.objects.get_or_create(user=user, defaults={"since_at": at})
    else:
        SignalSubscription.objects.filter(user=user).delete()
