"""Telling a company and its manager about its standing, each with the page they have."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime

from django.urls import reverse

from outbox.services import JSON
from partners.models import Notification, Partner, Role
from partners.services.notifications import accounts_of, notify


def tell(
    kind: str,
    *,
    key: str,
    partner: Partner,
    at: datetime,
    roles: frozenset[Role] = frozenset(),
    due_on: date | None = None,
    **facts: JSON,
) -> None:
    """Tell the owners, people in some roles, and the manager; once per key."""
    told: Mapping[str, JSON] = {"company": partner.name, **facts}
    notify(
        kind,
        key=key,
        user_ids=accounts_of(partner_id=partner.pk, roles=roles),
        at=at,
        partner_id=partner.pk,
        facts=told,
        path=reverse("partners:standing"),
        due_on=due_on,
    )
    if partner.pdm_id is not None:
        notify(
            kind,
            key=key,
            user_ids=[partner.pdm_id],
            at=at,
            partner_id=partner.pk,
            facts=told,
            path=reverse("admin:partners_partner_change", args=[partner.pk]),
            due_on=due_on,
        )


def settle_others(
    *kinds: str, partner_ids: Iterable[int], keep: Collection[str], at: datetime
) -> None:
    """Mark as done what companies were told that is not so any more: all but some keys.

    What a calendar warns of nobody settles by an act: it stops being so.
    """
    ids = set(partner_ids)
    if not ids:
        return
    waiting = Notification.objects.filter(
        kind__in=kinds, partner_id__gte=min(ids), partner_id__lte=max(ids), done_at=None
    )
    over = [
        pk
        for pk, partner_id, key in waiting.values_list("pk", "partner_id", "key")
        if partner_id in ids and key not in keep
    ]
    Notification.objects.filter(pk__in=over).update(done_at=at)
