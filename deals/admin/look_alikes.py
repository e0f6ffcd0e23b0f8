"""What else is known about the prospect of a registration, for whoever decides.

Of all partners; who they are is said as far as the account may know. The rules are those
of `deals.services.registrations.claims`, which says to partners only that there is
something.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.db.models import Model, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from clients.look_alikes import alike
from clients.models import Client, ClientDomain
from deals.models import Deal, DomainHold, Registration
from deals.services.registrations.accepting import domains_of
from partners.models import Partner, User
from program.deal_life import RegistrationState
from ui import formats

SHOWN: Final = 20
"""So many of each kind: whoever has more looks at the lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAlike:
    """Something that is known: what it is, of whom, about whom, and how it stands.

    `url` leads to its page in the back office, "" where the account may not go.
    """

    what: str
    partner_id: int | None
    partner: str
    company: str
    why: str
    state: str
    url: str


def look_alikes(
    registration: Registration, *, user: User, at: datetime
) -> list[LookAlike]:
    """Return what is like a registration, of all partners, named for an account.

    The number of queries does not depend on what is found.
    """
    names = domains_of(registration)
    found = [
        *_deals(registration, names, user),
        *_registrations(registration, names, user),
        *_holds(names, at),
        *_clients(registration, names, user),
    ]
    return _named(found, user)


def _deals(
    registration: Registration, names: Sequence[str], user: User
) -> Iterator[LookAlike]:
    known = ClientDomain.objects.filter(name__in=names).values("client_id")
    same = Q(client__in=known) | Q(registration__domains__domain__name__in=names)
    clients = _similar_clients(registration).values("pk")
    rows = _chosen(
        Deal.objects.filter(stage=Deal.Stage.REGISTERED).exclude(
            registration=registration.pk
        ),
        same,
        Q(client__in=clients),
    )
    seen = _seen(Deal.objects.visible_to(user), rows)
    for deal, why in rows:
        state = _("open, registered on %(day)s") % {
            "day": formats.day(deal.registered_on)
        }
        if deal.valid_until:
            state = _("open, protected until %(day)s") % {
                "day": formats.day(deal.valid_until)
            }
        yield LookAlike(
            what=_("Deal %(name)s") % {"name": deal.name}
            if deal.pk in seen
            else _("Deal"),
            partner_id=deal.partner_id,
            partner=deal.partner.name,
            company=deal.client_label,
            why=why,
            state=state,
            url=_url(deal) if deal.pk in seen else "",
        )


def _registrations(
    registration: Registration, names: Sequence[str], user: User
) -> Iterator[LookAlike]:
    others = Registration.objects.exclude(state=RegistrationState.DRAFT).exclude(
        pk=registration.pk
    )
    similar = alike(others, "company_key", registration.company_key)
    rows = _chosen(
        # An accepted one is a deal, which stands above if it is open.
        others.exclude(state=RegistrationState.ACCEPTED, deal__stage="registered"),
        Q(domains__domain__name__in=names),
        Q(pk__in=similar.filter(country=registration.country).values("pk")),
    )
    seen = _seen(Registration.objects.visible_to(user), rows)
    for other, why in rows:
        state = str(other.get_state_display())
        if other.submitted_at:
            state += f", {formats.moment(other.submitted_at)}"
        yield LookAlike(
            what=_("Registration"),
            partner_id=other.partner_id,
            partner=other.partner.name,
            company=other.company,
            why=why,
            state=state,
            url=_url(other) if other.pk in seen else "",
        )


def _holds(names: Sequence[str], at: datetime) -> Iterator[LookAlike]:
    holds = DomainHold.objects.running_at(at).filter(domain__name__in=names)
    for hold in holds.select_related("domain", "partner").order_by("pk")[:SHOWN]:
        yield LookAlike(
            what=_("Hold"),
            partner_id=hold.partner_id,
            partner=hold.partner.name,
            company=hold.domain.name,
            why=_("same domain"),
            state=_("until %(moment)s") % {"moment": formats.moment(hold.until_at)},
            url="",
        )


def _clients(
    registration: Registration, names: Sequence[str], user: User
) -> Iterator[LookAlike]:
    known = ClientDomain.objects.filter(name__in=names).values("client_id")
    rows = _chosen(
        Client.objects.all(),
        Q(pk__in=known),
        Q(pk__in=_similar_clients(registration).values("pk")),
        related=(),
    )
    seen = _seen(Client.objects.visible_to(user), rows)
    for client, why in rows:
        yield LookAlike(
            what=_("Client %(ref)s") % {"ref": client.ref}
            if client.pk in seen
            else _("Client"),
            partner_id=None,
            partner="",
            company=client.known_as,
            why=why,
            state=formats.territory(client.country),
            url=_url(client) if client.pk in seen else "",
        )


def _similar_clients(registration: Registration) -> Any:
    here = Client.objects.filter(country=registration.country)
    return alike(here, "name_key", registration.company_key)


def _chosen(
    rows: Any,
    same_domain: Q,
    same_name: Q,
    related: Sequence[str] = ("partner",),
) -> list[tuple[Any, str]]:
    """Return rows of the same domain, then those of a similar name, each with why."""
    by_domain = list(_some(rows.filter(same_domain), related))
    known = {row.pk for row in by_domain}
    by_name = [
        row for row in _some(rows.filter(same_name), related) if row.pk not in known
    ]
    return [
        *((row, _("same domain")) for row in by_domain),
        *((row, _("similar name")) for row in by_name),
    ]


def _some(rows: Any, related: Sequence[str]) -> Any:
    if related:
        rows = rows.select_related(*related)
    if rows.model is Deal:
        rows = rows.select_related("client")
    return rows.order_by("-pk").distinct()[:SHOWN]


def _seen(visible: Any, rows: Iterable[tuple[Model, str]]) -> set[int]:
    """Return which of the rows an account may open."""
    ids = [row.pk for row, _why in rows]
    return set(visible.filter(pk__in=ids).values_list("pk", flat=True))


def _named(found: list[LookAlike], user: User) -> list[LookAlike]:
    """Say who each is of; whoever is not in the portfolio is another partner."""
    ids = {each.partner_id for each in found if each.partner_id}
    known = set(
        Partner.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True)
    )
    return [
        each
        if each.partner_id is None or each.partner_id in known
        else replace(each, partner=_("another partner"))
        for each in found
    ]


def _url(row: Model) -> str:
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return reverse(name, args=[row.pk])
