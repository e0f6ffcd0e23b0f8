"""What is known about a prospect, of all companies: counts and days, never names.

The one place that reads past `visible_to`. What it returns tells nothing about whom; and
it asks the same questions whatever it finds, so that the time of an answer tells nothing
either.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet

from clients.look_alikes import alike
from clients.models import Client, ClientDomain
from deals.models import Deal, DomainHold, Registration, RegistrationDomain
from partners.models import Partner
from partners.services.free_mail import FREE_MAIL
from program.deal_life import RegistrationState
from program.domains import UnusableDomainError, normalised
from program.protection import Claims, OpenDeal

IN_REVIEW = (RegistrationState.SUBMITTED, RegistrationState.NEEDS_INFO)

# An `IN ()` is never asked: that there is nothing would show in the time of the answer.
_NOBODY = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """Who is asked about: normalised domains, the key of the name, the country.

    Without domains the name alone is compared, also with one's own work; without a
    country names of everywhere are. `contact` is an e-mail address; `client_id` a client
    that is known to be meant.
    """

    domains: Collection[str] = ()
    key: str = ""
    country: str = ""
    contact: str = ""
    client_id: int | None = None


@dataclass(frozen=True, slots=True)
class _Work:
    """An open deal, or a registration in review (`deal` None), and whose it is."""

    partner_id: int
    deal: OpenDeal | None = None


def claims_on(
    prospect: Prospect,
    *,
    partner: Partner,
    at: datetime,
    today: date,
    but: int | None = None,
) -> Claims:
    """Return what is known of a prospect for a company that asks.

    `but` is the registration that asks, which is no conflict with itself.
    """
    by_domain = [*_deals(prospect, today), *_reviews(prospect, but)]
    by_name = list(_alike(prospect, today=today, but=but))
    mine = by_domain if prospect.domains else by_name
    return Claims(
        own=sum(work.partner_id == partner.pk for work in mine),
        deals=tuple(
            work.deal
            for work in by_domain
            if work.partner_id != partner.pk and work.deal is not None
        ),
        reviews=sum(
            work.partner_id != partner.pk and work.deal is None for work in by_domain
        ),
        holds=_holds(prospect, at).exclude(partner=partner).count(),
        alike=sum(work.partner_id != partner.pk for work in by_name),
        clients=1 if prospect.client_id else len(clients_of(prospect.domains)),
        own_company=_is_own(prospect, partner),
    )


def clients_of(domains: Collection[str]) -> list[int]:
    """Return the ids of the clients that are known by one of the domains."""
    found = ClientDomain.objects.filter(name__in=domains or [""])
    return sorted(set(found.values_list("client_id", flat=True)))


def _deals(prospect: Prospect, today: date) -> Iterator[_Work]:
    names = prospect.domains or [""]
    registered = RegistrationDomain.objects.filter(
        domain__name__in=names, registration__deal__isnull=False
    ).values_list("registration__deal_id", flat=True)
    deals = _open(Deal.objects.all(), today).filter(
        Q(client_id__in=[*clients_of(names), prospect.client_id or _NOBODY])
        | Q(pk__in=list(registered) or [_NOBODY])
    )
    for partner_id, registered_on, valid_until in deals.values_list(
        "partner_id", "registered_on", "valid_until"
    ):
        yield _Work(
            partner_id, OpenDeal(registered_on=registered_on, valid_until=valid_until)
        )


def _open(deals: QuerySet[Deal], today: date) -> QuerySet[Deal]:
    """Return the deals that protect on a day, whether the clock has run yet or not."""
    valid = Q(valid_until=None) | Q(valid_until__gt=today)
    return deals.filter(valid, stage=Deal.Stage.REGISTERED)


def _reviews(prospect: Prospect, but: int | None) -> Iterator[_Work]:
    found = RegistrationDomain.objects.filter(
        domain__name__in=prospect.domains or [""], registration__state__in=IN_REVIEW
    ).exclude(registration_id=but or _NOBODY)
    rows = found.values_list("registration_id", "registration__partner_id").distinct()
    for _registration_id, partner_id in rows:
        yield _Work(partner_id)


def _holds(prospect: Prospect, at: datetime) -> QuerySet[DomainHold]:
    names = prospect.domains or [""]
    return DomainHold.objects.running_at(at).filter(domain__name__in=names)


def _alike(prospect: Prospect, *, today: date, but: int | None) -> Iterator[_Work]:
    """Yield work on companies of nearly the same name, each company once per partner."""
    where = {"country": prospect.country} if prospect.country else {}
    clients = alike(Client.objects.filter(**where), "name_key", prospect.key)
    deals = _open(Deal.objects.filter(client__in=clients), today)
    for partner_id, _client_id in deals.values_list("partner_id", "client_id").distinct():
        yield _Work(partner_id)
    asking = Registration.objects.filter(state__in=IN_REVIEW, **where)
    others = alike(asking, "company_key", prospect.key).exclude(pk=but or _NOBODY)
    for partner_id in others.values_list("partner_id", flat=True):
        yield _Work(partner_id)


def _is_own(prospect: Prospect, partner: Partner) -> bool:
    """Say whether the prospect is the company itself, by a domain or by the contact."""
    try:
        own = normalised(partner.domain, free_mail=FREE_MAIL)
    except UnusableDomainError:
        return False
    try:
        contact = normalised(prospect.contact, free_mail=FREE_MAIL)
    except UnusableDomainError:
        contact = ""
    return own in (*prospect.domains, contact)
