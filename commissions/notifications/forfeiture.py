"""What is told about commission that is lost for want of papers (3.8)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from commissions.notifications.papers import paper_label, tell_partner
from partners.models import Notification
from partners.notifications import Facts, Mail, Row, Urgency, Words, notification_kind
from ui import formats

AHEAD = "commissions.forfeiture_ahead"
LOSS = gettext_lazy("Commissions: what is lost for want of papers")


def _deals(count: int) -> str:
    return ngettext("%(count)s deal", "%(count)s deals", count) % {"count": count}


def _at_stake(amounts: Iterable[Sequence[Any]]) -> tuple[Row, ...]:
    """Return the amounts, one row for each currency; they are never added up."""
    return tuple(
        Row(_("Commission"), formats.money(minor, currency))
        for currency, minor in amounts
    )


def _by_day(losses: Iterable[Facts]) -> tuple[Row, ...]:
    """Return what is lost on each day, one row for each day and currency."""
    rows = []
    for loss in losses:
        label = _("%(day)s, %(deals)s") % {
            "day": formats.day(date.fromisoformat(loss["lost_on"])),
            "deals": _deals(loss["count"]),
        }
        rows += [
            Row(label, formats.money(minor, currency))
            for currency, minor in loss["amounts"]
        ] or [Row(label, _("nothing accrued yet"))]
    return tuple(rows)


def _papers(facts: Facts) -> str:
    return formats.listing([paper_label(kind) for kind in facts["missing"]])


@notification_kind(AHEAD, label=LOSS, urgency=Urgency.ACT, mail=Mail.AT_ONCE)
def forfeiture_ahead(facts: Facts) -> Words:
    losses = facts["losses"]
    first = losses[0]
    words = {
        "deals": _deals(sum(loss["count"] for loss in losses)),
        "papers": _papers(facts),
        "day": formats.day(date.fromisoformat(first["lost_on"])),
        "days": len(losses),
    }
    if len(losses) == 1:
        return Words(
            _("On %(day)s you lose commission of %(deals)s") % words,
            _(
                "Papers are missing: %(papers)s. What accrued before is lost unless they "
                "are filed before that day."
            )
            % words,
            _at_stake(first["amounts"]),
        )
    return Words(
        _("From %(day)s on you lose commission of %(deals)s, on %(days)s days") % words,
        _(
            "Papers are missing: %(papers)s. Each day takes what accrued before it, "
            "unless they are filed before that day."
        )
        % words,
        _by_day(losses),
    )


@notification_kind("commissions.forfeited", label=LOSS, mail=Mail.AT_ONCE)
def forfeited(facts: Facts) -> Words:
    words = {
        "deals": _deals(facts["count"]),
        "papers": _papers(facts),
        "month": formats.month(date.fromisoformat(facts["through"])),
    }
    return Words(
        _("Commission of %(deals)s is lost") % words,
        _(
            "Papers did not come in time: %(papers)s. Lost is what accrued up to "
            "%(month)s; what comes later is not."
        )
        % words,
        _at_stake(facts["amounts"]),
    )


@notification_kind("commissions.forfeiture_waived", label=LOSS, mail=Mail.AT_ONCE)
def forfeiture_waived(facts: Facts) -> Words:
    return Words(
        _("%(deal)s loses nothing") % facts,
        _("Finance says why: %(reason)s") % facts,
    )


# --- Telling -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What a partner loses on a day: so many deals' commission.

    `warning` says which one it is: so many days before, at most. `amounts`: (currency,
    minor units) of what accrued so far.
    """

    lost_on: date
    warning: int
    count: int
    amounts: Sequence[tuple[str, int]]


def warned_of(
    partner_ids: Collection[int], *, since: datetime
) -> set[tuple[int, date, int]]:
    """Return what partners were warned of: (partner id, day of the loss, warning)."""
    rows = Notification.objects.filter(
        kind=AHEAD, partner__in=partner_ids, created_at__gte=since
    ).values_list("partner_id", "facts")
    return {
        (partner_id, date.fromisoformat(loss["lost_on"]), loss["warning"])
        for partner_id, facts in rows
        for loss in facts["losses"]
    }


def tell_forfeiture_ahead(
    partner_id: int,
    *,
    today: date,
    missing: Iterable[str],
    losses: Sequence[Loss],
    at: datetime,
) -> None:
    """Warn of the days on which commission is lost, the first one first; one message."""
    tell_partner(
        AHEAD,
        partner_id,
        key=f"forfeiture-ahead:{partner_id}:{today}",
        at=at,
        due_on=losses[0].lost_on,
        facts={
            "missing": list(missing),
            "losses": [
                {
                    "lost_on": loss.lost_on.isoformat(),
                    "warning": loss.warning,
                    "count": loss.count,
                    "amounts": [list(each) for each in loss.amounts],
                }
                for loss in losses
            ],
        },
    )


def tell_forfeited(
    partner_id: int,
    *,
    key: str,
    through: date,
    count: int,
    missing: Iterable[str],
    amounts: Sequence[tuple[str, int]],
    at: datetime,
) -> None:
    """Say that commission of `count` deals is lost, up to the month `through`.

    `amounts`: (currency, minor units).
    """
    tell_partner(
        "commissions.forfeited",
        partner_id,
        key=key,
        at=at,
        facts={
            "through": through.isoformat(),
            "count": count,
            "missing": list(missing),
            "amounts": [list(each) for each in amounts],
        },
    )


def tell_waived(
    *, partner_id: int, deal_pk: int, deal: str, reason: str, at: datetime
) -> None:
    tell_partner(
        "commissions.forfeiture_waived",
        partner_id,
        key=f"forfeiture-waived:{deal_pk}",
        at=at,
        facts={"deal": deal, "reason": reason},
    )
