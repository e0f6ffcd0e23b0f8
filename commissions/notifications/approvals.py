"""What waits for a second person of finance: runs that are checked, adjustments."""

from __future__ import annotations

from datetime import date, datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commissions.models import Adjustment, PayoutRun
from commissions.notifications.papers import finance_staff
from partners.notifications import Facts, Mail, Urgency, Words, notification_kind
from partners.services.notifications import notify, settle_notifications
from ui import formats

SECOND_PERSON = gettext_lazy("Commissions: what waits for a second person")


@notification_kind(
    "commissions.run_waits",
    label=SECOND_PERSON,
    urgency=Urgency.ACT,
    mail=Mail.AT_ONCE,
    staff=True,
)
def run_waits(facts: Facts) -> Words:
    return Words(
        _("A payout run of %(amount)s for %(day)s waits to be approved")
        % {**_given(facts), "day": formats.day(date.fromisoformat(facts["execute_on"]))},
        _("It is checked. Who prepared it cannot approve it."),
    )


@notification_kind(
    "commissions.adjustment_waits",
    label=SECOND_PERSON,
    urgency=Urgency.ACT,
    mail=Mail.AT_ONCE,
    staff=True,
)
def adjustment_waits(facts: Facts) -> Words:
    return Words(
        _("An adjustment of %(amount)s for %(partner)s waits to be approved")
        % _given(facts),
        facts["reason"],
    )


def _given(facts: Facts) -> dict[str, object]:
    return {**facts, "amount": formats.money(facts["amount_minor"], facts["currency"])}


def tell_run_waits(run: PayoutRun, *, at: datetime) -> None:
    """Tell finance, but for who prepared the run, that it may be approved."""
    notify(
        "commissions.run_waits",
        key=_run_key(run),
        user_ids=[pk for pk in finance_staff() if pk != run.prepared_by_id],
        at=at,
        facts={
            "execute_on": run.execute_on.isoformat(),
            "amount_minor": run.total_minor,
            "currency": run.currency,
        },
        path=reverse("admin:commissions_payoutrun_change", args=[run.pk]),
    )


def tell_adjustment_waits(adjustment: Adjustment, *, at: datetime) -> None:
    """Tell finance, but for who proposed it, that an adjustment may be approved."""
    notify(
        "commissions.adjustment_waits",
        key=_adjustment_key(adjustment),
        user_ids=[pk for pk in finance_staff() if pk != adjustment.proposed_by_id],
        at=at,
        partner_id=adjustment.partner_id,
        facts={
            "partner": adjustment.partner.name,
            "reason": adjustment.reason,
            "amount_minor": adjustment.amount_minor,
            "currency": adjustment.currency,
        },
        path=reverse("admin:commissions_adjustment_change", args=[adjustment.pk]),
    )


def settle_run_told(run: PayoutRun, *, at: datetime) -> None:
    """Say that nobody has to approve the run any more."""
    settle_notifications(key=_run_key(run), at=at)


def settle_adjustment_told(adjustment: Adjustment, *, at: datetime) -> None:
    """Say that nobody has to decide about the adjustment any more."""
    settle_notifications(key=_adjustment_key(adjustment), at=at)


def _run_key(run: PayoutRun) -> str:
    return f"payout-run:{run.pk}"


def _adjustment_key(adjustment: Adjustment) -> str:
    return f"adjustment:{adjustment.pk}"
