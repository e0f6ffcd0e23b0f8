"""What changes about clients, and the managed points that follow from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime
from itertools import islice

from django.db import transaction
from django.db.models import Max, Q

from clients.models import Client, ClientDomain, Relationship, Subscription
from clients.postings import (
    RunningSubscription,
    ServedClient,
    Service,
    client_postings,
)
from outbox.selectors import newest_day_put
from partners.models import PointsEntry
from partners.selectors import Editions, published_editions
from partners.services import ledger
from partners.services.free_mail import FREE_MAIL
from program.domains import UnusableDomainError, normalised

CLIENTS_AT_ONCE = 500


def note_domains(clients: Iterable[Client]) -> None:
    """Remember the domain of clients among those they are found by; old ones stay.

    Within the transaction that stores the clients. What is no domain of a company is
    left out.
    """
    found = []
    for client in clients:
        try:
            name = normalised(client.domain, free_mail=FREE_MAIL)
        except UnusableDomainError:
            continue
        found.append(ClientDomain(client=client, name=name))
    ClientDomain.objects.bulk_create(found, ignore_conflicts=True, batch_size=1_000)


@transaction.atomic
def settle_managed(
    *, client_ids: Collection[int], until: date, at: datetime, editions: Editions
) -> list[PointsEntry]:
    """Post the managed points of clients up to a day; return the new entries.

    The clients are locked first, so of two simultaneous calls the second finds the
    ledger settled. Repeating it adds nothing. What was posted for later days stays: a
    call that comes late, or an import that began before midnight, must not take it back.
    """
    locked = Client.objects.select_for_update(of=("self",)).order_by("pk")
    served = list(served_clients(locked.filter(pk__in=client_ids)))
    until = max(until, newest_day_put() or until, _posted_until(served) or until)
    wanted: dict[int, list[ledger.Posting]] = {}
    for client in served:
        wanted.update(client_postings(client, editions, until=until))
    return ledger.settle(
        source_kind=PointsEntry.Source.MANAGED_CLIENT, wanted=wanted, at=at
    )


def _posted_until(served: Iterable[ServedClient]) -> date | None:
    """Return the newest day the ledger holds a change of these clients' stocks for."""
    services = [service.id for client in served for service in client.services]
    entries = PointsEntry.objects.filter(
        source_kind=PointsEntry.Source.MANAGED_CLIENT, source_id__in=services
    )
    newest: date | None = entries.aggregate(newest=Max("effective_on"))["newest"]
    return newest


def settle_turning(
    *, on: date, at: datetime, first_partner: int, last_partner: int
) -> int:
    """Post what changes on a day for the clients partners of a range serve.

    That is: a subscription or a managed relationship begins or ends, or an edition takes
    effect. Returns the number of new entries; repeating it adds nothing.
    """
    editions = published_editions()
    new = 0
    for client_ids in _batches(
        turning_clients(on=on, editions=editions, first=first_partner, last=last_partner)
    ):
        entries = settle_managed(
            client_ids=client_ids, until=on, at=at, editions=editions
        )
        ledger.queue_refresh(entries)
        new += len(entries)
    return new


def turning_clients(
    *, on: date, editions: Editions, first: int, last: int
) -> Iterable[int]:
    """Return the ids of served clients whose managed points may change on a day."""
    managed = Relationship.objects.managed().filter(
        partner_id__gte=first, partner_id__lte=last
    )
    if any(edition.effective_on == on for edition in editions):
        turning = managed
    else:
        subscriptions = Subscription.objects.turning_on(on).values("client_id")
        # A colleague's relationship changes the split, whoever the colleague is.
        relations = Relationship.objects.managed().turning_on(on).values("client_id")
        turning = managed.filter(
            Q(client_id__in=subscriptions) | Q(client_id__in=relations)
        )
    return turning.order_by("client_id").values_list("client_id", flat=True).distinct()


def served_clients(clients: Iterable[Client]) -> Iterator[ServedClient]:
    """Yield clients with their subscriptions and managed relationships, in 3 queries."""
    found = {client.pk: client for client in clients}
    subscriptions: dict[int, list[RunningSubscription]] = defaultdict(list)
    rows = Subscription.objects.filter(client_id__in=found).order_by("pk").values_list(
        "client_id", "ref", "product_line", "mrr_minor", "currency", "from_on", "until_on"
    )  # fmt: skip
    for client_id, ref, product_line, minor, currency, from_on, until_on in rows:
        subscriptions[client_id].append(
            RunningSubscription(
                ref=ref, product_line=product_line, mrr_minor=minor, currency=currency,
                from_on=from_on, until_on=until_on,
            )
        )  # fmt: skip
    services: dict[int, list[Service]] = defaultdict(list)
    relations = Relationship.objects.managed().filter(client_id__in=found).values_list(
        "client_id", "id", "partner_id", "partner__ref", "from_on", "until_on"
    )  # fmt: skip
    for client_id, pk, partner_id, partner_ref, from_on, until_on in relations:
        services[client_id].append(
            Service(
                id=pk, partner_id=partner_id, partner_ref=partner_ref,
                from_on=from_on, until_on=until_on,
            )
        )  # fmt: skip
    for pk, client in found.items():
        yield ServedClient(
            ref=client.ref,
            territory=client.country,
            subscriptions=subscriptions[pk],
            services=services[pk],
        )


def _batches(client_ids: Iterable[int]) -> Iterator[list[int]]:
    remaining = iter(client_ids)
    while batch := list(islice(remaining, CLIENTS_AT_ONCE)):
        yield batch
