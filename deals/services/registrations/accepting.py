"""From an accepted registration to the deal that both sides share (R82, R83)."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

import outbox.services as outbox
from clients.models import Client, ClientDomain
from deals.models import (
    Deal,
    DealLine,
    DealTeamMember,
    DomainHold,
    Registration,
)
from deals.models.lines import worth_of
from deals.models.numbers import client_number
from deals.notifications.registrations import tell_accepted
from deals.services.activities import note_activity
from deals.services.life.motions import propose
from deals.services.life.steps import record_step
from deals.services.registrations.claims import clients_of
from deals.services.registrations.steps import RegistrationError, take_step
from deals.services.specialists.assigning import assign
from outbox.clock import program_day
from partners.models import User
from partners.selectors import Edition
from partners.services import audit
from partners.services.notifications import settle_notifications
from program.motion import Evidence
from program.steps import Actor


def domains_of(registration: Registration) -> list[str]:
    """Return the normalised domains of a registration, in the order they were given."""
    rows = registration.domains.order_by("pk")
    return list(rows.values_list("domain__name", flat=True))


def accept_into_deal(
    registration: Registration,
    event: str,
    *,
    edition: Edition,
    by: Actor,
    actor: User | None,
    at: datetime,
    today: date,
    client_id: int | None = None,
    note: str = "",
) -> Deal:
    """Accept a locked registration whose domains are locked: make the deal, and tell.

    The deal is registered on the day of the submission and valid from today: the days
    the vendor takes are not the partner's. `client_id` is the client chosen by hand.
    Raises `RegistrationError` where several clients may be meant and nobody has chosen,
    and for a step that is not allowed.
    """
    assert registration.submitted_at
    domains = domains_of(registration)
    client = _client(registration, domains, chosen=client_id, actor=actor, at=at)
    valid_until = today + timedelta(days=edition.rulebook.deal.validity_days)
    deal = Deal.objects.create(
        ref=registration.number,
        partner=registration.partner,
        client=client,
        client_name=registration.company,
        name=registration.name,
        # Both are replaced at once by what the evidence speaks for.
        motion=Deal.Motion.SOURCED,
        motion_state=Deal.MotionState.PROPOSED,
        expected_close_on=registration.expected_close_on,
        next_step=registration.next_step,
        need=registration.need,
        owner=registration.owner,
        valid_until=valid_until,
        active_on=today,
        registered_on=program_day(registration.submitted_at),
    )
    DealLine.objects.bulk_create(
        DealLine(deal=deal, **worth_of(line))
        for line in registration.lines.order_by("pk")
    )
    registration.deal, registration.client = deal, client
    registration.decided_at, registration.decided_by = at, actor
    take_step(
        registration,
        event,
        by=by,
        actor=actor,
        at=at,
        note=note,
        facts={
            "edition": edition.code,
            "valid_until": valid_until.isoformat(),
            "conflicts": registration.conflicts,
        },
    )
    _begin(deal, registration, actor=actor, at=at, today=today)
    DomainHold.objects.running_at(at).filter(
        partner=registration.partner, domain__name__in=domains
    ).update(ended_at=at)
    settle_notifications(key=review_key(registration), at=at)
    settle_notifications(key=late_key(registration), at=at)
    outbox.put("deals.registered", key=f"deal-registered:{deal.pk}", deal_id=deal.pk)
    tell_accepted(registration, at=at, but=actor)
    return deal


def review_key(registration: Registration) -> str:
    """Return the event "somebody has to look at this registration"."""
    assert registration.due_at
    return f"registration-review:{registration.pk}:{registration.due_at.timestamp():.0f}"


def late_key(registration: Registration) -> str:
    assert registration.due_at
    return f"registration-late:{registration.pk}:{registration.due_at.timestamp():.0f}"


def _begin(
    deal: Deal,
    registration: Registration,
    *,
    actor: User | None,
    at: datetime,
    today: date,
) -> None:
    """Begin the deal's own life: its first step, its team, who joins, whose it is."""
    record_step(
        "deals.registered",
        deal,
        before="",
        said={},
        on=deal.registered_on,
        actor=actor,
        at=at,
        note=registration.number,
    )
    note_activity(
        deal,
        "registered",
        actor=actor,
        at=at,
        facts={"number": registration.number, "note": registration.intro_note},
    )
    team = {registration.created_by_id}
    if registration.owner and registration.owner.user_id:
        team.add(registration.owner.user_id)
    DealTeamMember.objects.bulk_create(
        DealTeamMember(deal=deal, user_id=user_id, added_by=None, added_at=at)
        for user_id in sorted(team)
    )
    propose(deal, evidence=evidence_of(deal, registration), at=at)
    assign(deal, at=at, today=today)


def evidence_of(deal: Deal, registration: Registration) -> Evidence:
    """Return what the registration says about how the deal began."""
    return Evidence(
        registered_on=deal.registered_on,
        introduced_by_vendor=registration.introduced_by_vendor,
    )


def _client(
    registration: Registration,
    domains: list[str],
    *,
    chosen: int | None,
    actor: User | None,
    at: datetime,
) -> Client:
    """Return the client a registration means: chosen, given, found, or made."""
    if chosen is not None:
        return Client.objects.get(pk=chosen)
    if registration.client is not None:
        return registration.client
    found = clients_of(domains)
    if len(found) > 1:
        raise RegistrationError(
            _("Several clients are known by this domain: choose which one is meant.")
        )
    if found:
        return Client.objects.get(pk=found[0])
    public_id = uuid.uuid4()
    ref = client_number(public_id)
    client = Client.objects.create(
        public_id=public_id,
        # Nothing of the registration that is shown: the client may be another company's,
        # too, one day. By the key and the domains it is found, by the country counted.
        ref=ref,
        name=ref,
        name_key=registration.company_key,
        country=registration.country,
        domain=domains[0],
    )
    ClientDomain.objects.bulk_create(
        ClientDomain(client=client, name=name) for name in domains
    )
    audit.record(
        "clients.client_added",
        actor=actor,
        at=at,
        partner_id=registration.partner_id,
        of=client,
        note=registration.number,
    )
    return client
