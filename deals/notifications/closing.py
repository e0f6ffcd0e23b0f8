"""What is told about deals: that they are won or end, and what earns nothing yet."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deals.models import Deal
from partners.models import Role
from partners.notifications import Facts, Mail, Words, notification_kind
from partners.selectors import Editions
from partners.services.notifications import accounts_of, notify
from ui import formats


@notification_kind("deals.won", label=gettext_lazy("Deals: won"))
def won(facts: Facts) -> Words:
    return Words(
        _("%(deal)s is won") % facts,
        _("With %(client)s. What each line earns stands on the page of the deal.")
        % facts,
    )


@notification_kind(
    "deals.cancelled", label=gettext_lazy("Deals: ended"), mail=Mail.AT_ONCE
)
def cancelled(facts: Facts) -> Words:
    return Words(
        _("%(deal)s has ended") % facts,
        _("%(client)s cancelled or did not pay; the points left are taken back.") % facts,
    )


@notification_kind(
    "deals.points_pending", label=gettext_lazy("Deals: currencies without points yet")
)
def points_pending(facts: Facts) -> Words:
    return Words(
        _("%(deal)s earns nothing yet in %(currencies)s")
        % {"deal": facts["deal"], "currencies": formats.listing(facts["currencies"])},
        _(
            "The point scale has no unit for that currency. The points are posted as "
            "soon as an edition of the rulebook adds it."
        ),
    )


def tell_won(deal: Deal, *, at: datetime, editions: Editions) -> None:
    """Tell sales and owners that a deal is won, and what of it waits for a currency."""
    accounts = accounts_of(partner_id=deal.partner_id, roles={Role.SALES})
    if not accounts:
        return
    _tell("deals.won", deal, key=f"deal-won:{deal.pk}", accounts=accounts, at=at)
    assert deal.closed_on  # the constraint deal_closed_on_iff_closed
    waiting = [
        currency
        for currency in sorted({line.currency for line in deal.lines.all()})
        if deal.closed_on >= editions.first_day
        and editions.converting(currency, deal.closed_on) is None
    ]
    if waiting:
        _tell(
            "deals.points_pending",
            deal,
            key=f"points-pending:{deal.pk}",
            accounts=accounts,
            at=at,
            currencies=waiting,
        )


def tell_cancelled(deal: Deal, *, at: datetime) -> None:
    """Tell sales and owners that a won deal has ended."""
    accounts = accounts_of(partner_id=deal.partner_id, roles={Role.SALES})
    _tell(
        "deals.cancelled", deal, key=f"deal-cancelled:{deal.pk}", accounts=accounts, at=at
    )


def _tell(
    kind: str,
    deal: Deal,
    *,
    key: str,
    accounts: Iterable[int],
    at: datetime,
    currencies: Iterable[str] = (),
) -> None:
    notify(
        kind,
        key=key,
        user_ids=accounts,
        at=at,
        partner_id=deal.partner_id,
        facts={
            "deal": deal.name,
            "client": deal.client_label,
            "currencies": list(currencies),
        },
        path=reverse("deals:detail", args=[deal.public_id]),
    )
