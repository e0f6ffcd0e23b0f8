"""What is told when a deal is about to end or ends without a win."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from deals.models import Deal
from deals.notifications.telling import tell
from partners.notifications import Facts, Mail, Urgency, Words, notification_kind
from ui import formats

_ONE_DAY = timedelta(days=1)

ENDED = gettext_lazy("Deals: lost, withdrawn, expired")


@notification_kind(
    "deals.expiring",
    label=gettext_lazy("Deals: registrations that expire soon"),
    urgency=Urgency.ACT,
    mail=Mail.AT_ONCE,
)
def expiring(facts: Facts) -> Words:
    left = facts["left"]
    return Words(
        ngettext(
            "The registration of %(deal)s ends in %(left)s day",
            "The registration of %(deal)s ends in %(left)s days",
            left,
        )
        % {"deal": facts["deal"], "left": left},
        _("Its last day is %(day)s. Close the deal, or extend the registration.")
        % {"day": formats.day(date.fromisoformat(facts["valid_until"]) - _ONE_DAY)},
    )


@notification_kind("deals.ended", label=ENDED)
def ended(facts: Facts) -> Words:
    return _ended(facts)


@notification_kind("deals.ended_by_partner", label=ENDED, staff=True)
def ended_by_partner(facts: Facts) -> Words:
    return _ended(facts)


def _ended(facts: Facts) -> Words:
    titles = {
        Deal.Stage.LOST: _("%(deal)s is lost"),
        Deal.Stage.WITHDRAWN: _("%(deal)s was withdrawn"),
        Deal.Stage.EXPIRED: _("The registration of %(deal)s has expired"),
    }
    texts = {
        Deal.Stage.LOST: _("With %(client)s. It earns nothing."),
        Deal.Stage.WITHDRAWN: _("The partner works on %(client)s no longer."),
        Deal.Stage.EXPIRED: _(
            "%(client)s is free for others. To go on, register the deal again."
        ),
    }
    stage = Deal.Stage(facts["stage"])
    return Words(titles[stage] % facts, texts[stage] % facts)


def tell_expiring(
    deal: Deal, *, accounts: Iterable[int], days: int, left: int, at: datetime
) -> None:
    """Remind of the end of a validity, once for each of the rulebook's days before it."""
    assert deal.valid_until is not None
    tell(
        "deals.expiring",
        deal,
        key=f"deal-expiring:{deal.pk}:{deal.valid_until}:{days}",
        accounts=accounts,
        at=at,
        due_on=deal.valid_until - _ONE_DAY,
        left=left,
        valid_until=deal.valid_until.isoformat(),
    )


def tell_ended(
    deal: Deal, *, partner: Iterable[int], vendor: Iterable[int], at: datetime
) -> None:
    """Tell who did not do it themselves that a deal ended without a win."""
    key = f"deal-ended:{deal.pk}:{deal.stage}"
    stage = deal.stage
    tell("deals.ended", deal, key=key, accounts=partner, at=at, stage=stage)
    tell("deals.ended_by_partner", deal, key=key, accounts=vendor, at=at, stage=stage)
