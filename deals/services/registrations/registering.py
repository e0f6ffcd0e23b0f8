"""The partner's part of a registration: fill in, submit, answer, withdraw (3.10)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from deals.models import Assignment, Registration
from deals.notifications.registrations import tell_registered, tell_to_review
from deals.services.benefits import why_nothing_new
from deals.services.registrations.accepting import (
    accept_into_deal,
    domains_of,
    late_key,
    review_key,
)
from deals.services.registrations.checking import lock_acceptance, lock_domains
from deals.services.registrations.claims import Prospect, claims_on
from deals.services.registrations.given import VALUES, Given
from deals.services.registrations.rows import replace_domains, replace_lines
from deals.services.registrations.steps import (
    RegistrationError,
    locked_registration,
    promise,
    take_step,
)
from outbox.clock import program_day
from partners.models import Partner, Person, User
from partners.selectors import Edition, published_editions
from partners.services import audit
from partners.services.notifications import settle_notifications
from program.deal_life import RegistrationEvent, RegistrationState
from program.domains import company_key
from program.protection import conflicts
from program.steps import Actor

DRAFTS_AT_ONCE: Final = 200
"""Drafts a company may keep; a form that is sent without end fills no database."""

REQUIRED: Final = (
    *("company", "domains", "country", "segment"),
    *("first_name", "last_name", "email"),
    *("name", "lines", "expected_close_on", "owner", "data_is_lawful"),
)
"""What a registration holds before it is submitted (3.10)."""


class IncompleteError(RegistrationError):
    """A registration that lacks something; `missing` are the names of `REQUIRED`."""

    def __init__(self, missing: Collection[str]) -> None:
        self.missing = tuple(missing)
        super().__init__(_("Something is missing."))


@transaction.atomic
def begin_registration(
    *,
    partner_id: int,
    origin: str,
    given: Given,
    client_id: int | None,
    actor: User,
    at: datetime,
) -> Registration:
    """Begin a draft with what is known already.

    The person who begins it is its deal owner until somebody else is named. Raises
    `RegistrationError` for too many, and while the company's benefits are suspended.
    """
    partner = Partner.objects.get(pk=partner_id)
    _refuse_without_benefit(partner, on=program_day(at))
    drafts = Registration.objects.filter(
        partner_id=partner_id, state=RegistrationState.DRAFT
    )
    if drafts.count() >= DRAFTS_AT_ONCE:
        raise RegistrationError(
            _("Your company keeps %(count)s drafts. Submit or discard some first.")
            % {"count": DRAFTS_AT_ONCE}
        )
    registration = Registration.objects.create(
        partner_id=partner_id,
        origin=origin,
        client_id=client_id,
        created_by=actor,
        created_at=at,
        saved_at=at,
        owner=actor.person,
    )
    _fill(registration, given)
    registration.save()
    audit.record(
        "deals.registration_begun",
        actor=actor,
        at=at,
        partner_id=partner_id,
        of=registration,
    )
    return registration


@transaction.atomic
def save_draft(*, registration_id: int, given: Given, at: datetime) -> Registration:
    """Keep what was filled in so far. Raises `RegistrationError` unless it is a draft."""
    registration = locked_registration(registration_id)
    if registration.state != RegistrationState.DRAFT:
        raise RegistrationError(_("This is no draft any more."))
    _fill(registration, given)
    registration.saved_at = at
    registration.save()
    return registration


@transaction.atomic
def submit(
    *, registration_id: int, actor: User, at: datetime, today: date
) -> Registration:
    """Submit a draft: it is accepted at once, or goes to a human with a promise.

    One decides at a time, so of two registrations of one domain, or of nearly one name,
    at the same instant the second one sees the first. Raises `IncompleteError`, and
    `RegistrationError` unless it is a draft, and while benefits are suspended.
    """
    registration = locked_registration(registration_id)
    _refuse_without_benefit(registration.partner, on=today)
    edition = published_editions().on(today)
    _refuse_incomplete(registration, edition)
    registration.submitted_at = registration.saved_at = at
    lock_acceptance()
    _put_before_the_rule(
        registration,
        RegistrationEvent.SUBMIT,
        edition=edition,
        actor=actor,
        at=at,
        today=today,
    )
    if registration.conflicts:
        tell_to_review(registration, key=review_key(registration), at=at)
    else:
        accept_into_deal(
            registration,
            RegistrationEvent.ACCEPT,
            edition=edition,
            by=Actor.CLOCK,
            actor=None,
            at=at,
            today=today,
        )
        joined = Assignment.objects.running().filter(deal=registration.deal)
        told = joined.exclude(specialist__user=None)
        tell_registered(
            registration, but={*told.values_list("specialist__user_id", flat=True)}, at=at
        )
    return registration


@transaction.atomic
def answer_question(
    *,
    registration_id: int,
    given: Given,
    note: str = "",
    actor: User,
    at: datetime,
    today: date,
) -> Registration:
    """Answer what the vendor asked: only the fields in question change.

    `note` is the answer in words, for what no field says. A human asked, so a human goes
    on; the promise begins anew. Raises `RegistrationError`
    unless something is asked and for any other field, `IncompleteError` if something is
    missing now.
    """
    registration = locked_registration(registration_id)
    if registration.state != RegistrationState.NEEDS_INFO:
        raise RegistrationError(_("Nothing is asked about this registration."))
    if given.names - set(registration.open_fields):
        raise RegistrationError(_("Only the fields in question can be changed."))
    lock_acceptance()
    before = _state(registration)
    _fill(registration, given)
    edition = published_editions().on(today)
    _refuse_incomplete(registration, edition)
    registration.saved_at, registration.open_fields = at, []
    registration.question, registration.late_told_at = "", None
    settle_notifications(key=question_key(registration), at=at)
    _put_before_the_rule(
        registration,
        RegistrationEvent.ANSWER,
        edition=edition,
        actor=actor,
        at=at,
        today=today,
        changes=audit.differences(before, _state(registration)),
        note=note,
    )
    tell_to_review(registration, key=review_key(registration), at=at)
    return registration


@transaction.atomic
def withdraw_registration(
    *, registration_id: int, note: str, actor: User, at: datetime
) -> Registration:
    """Take a registration back, a draft or one that is not decided.

    Raises `RegistrationError` for one that is.
    """
    registration = locked_registration(registration_id)
    take_step(
        registration,
        RegistrationEvent.WITHDRAW,
        by=Actor.PARTNER,
        actor=actor,
        at=at,
        note=note,
    )
    if registration.due_at is not None:
        settle_notifications(key=review_key(registration), at=at)
        settle_notifications(key=late_key(registration), at=at)
        settle_notifications(key=question_key(registration), at=at)
    return registration


def question_key(registration: Registration) -> str:
    """Return the event "the partner has to answer"."""
    assert registration.due_at
    return (
        f"registration-question:{registration.pk}:{registration.due_at.timestamp():.0f}"
    )


def missing_from(registration: Registration, edition: Edition) -> list[str]:
    """Return the names of `REQUIRED` that a registration lacks."""
    lines = list(registration.lines.all())
    products = edition.rulebook.products
    owner, is_draft = registration.owner, registration.state == RegistrationState.DRAFT
    lists = {
        "domains": registration.domains.exists(),
        "lines": lines and all(line.product_line in products for line in lines),
        # A draft may lie so long that its owner has left the company meanwhile.
        "owner": owner and not (is_draft and owner.left_on),
    }
    return [
        name
        for name in REQUIRED
        if not (lists[name] if name in lists else getattr(registration, name))
    ]


def prospect_of(registration: Registration) -> Prospect:
    """Return whom a registration is about, as other work on it is looked for."""
    return Prospect(
        domains=tuple(domains_of(registration)),
        key=registration.company_key,
        country=registration.country,
        contact=registration.email,
        client_id=registration.client_id,
    )


def _refuse_without_benefit(partner: Partner, *, on: date) -> None:
    if why := why_nothing_new(partner, on=on):
        raise RegistrationError(why)


def _refuse_incomplete(registration: Registration, edition: Edition) -> None:
    missing = missing_from(registration, edition)
    if missing:
        raise IncompleteError(missing)


def _put_before_the_rule(
    registration: Registration,
    event: str,
    *,
    edition: Edition,
    actor: User,
    at: datetime,
    today: date,
    changes: audit.Changes | None = None,
    note: str = "",
) -> None:
    """Submit under both locks, with what a human would have to look at."""
    lock_domains(domains_of(registration))
    claims = claims_on(
        prospect_of(registration),
        partner=registration.partner,
        at=at,
        today=today,
        but=registration.pk,
    )
    registration.conflicts = [
        {"code": conflict.value, "count": count}
        for conflict, count in conflicts(claims).items()
    ]
    registration.due_at = promise(at, edition.rulebook)
    take_step(
        registration,
        event,
        by=Actor.PARTNER,
        actor=actor,
        at=at,
        facts={
            "edition": edition.code,
            "conflicts": registration.conflicts,
            "due_at": registration.due_at.isoformat(),
        },
        changes=changes,
        note=note,
    )


def _fill(registration: Registration, given: Given) -> None:
    """Put what was filled in onto a registration that the caller saves."""
    for name in given.values.keys() & set(VALUES):
        setattr(registration, name, given.values[name])
    owner = registration.owner if "owner" in given.values else None
    if owner is not None and not _works_for(owner, registration):
        raise RegistrationError(_("The deal owner works for your company."))
    registration.company_key = company_key(registration.company)[:200]
    if given.domains is not None:
        replace_domains(registration, given.domains)
    if given.lines is not None:
        replace_lines(registration, given.lines)


def _works_for(owner: Person, registration: Registration) -> bool:
    return owner.partner_id == registration.partner_id and owner.left_on is None


def _state(registration: Registration) -> dict[str, object]:
    """Return what the audit log compares before and after an answer.

    Not the contact: what a person is called or writes from is kept in one place only.
    """
    names = ("company", "country", "segment", "name", "expected_close_on", "owner_id")
    return {
        **audit.values_of(registration, names),
        "domains": domains_of(registration),
        "lines": [
            [line.product_line, line.edition, line.mrr_minor, line.currency, line.credits]
            for line in registration.lines.order_by("product_line")
        ],
    }
