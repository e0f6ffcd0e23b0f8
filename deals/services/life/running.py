"""A won deal while its subscription runs: it ends, shrinks or grows.

Points and commissions follow by correcting entries, never by edits.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

import outbox.services as outbox
from deals.models import Deal, DealLine, InvalidTransitionError, LineReduction
from deals.notifications import tell_cancelled
from deals.services.activities import locked, note_activity
from deals.services.life.settling import settle_deals
from deals.services.life.steps import (
    InvalidAmountError,
    InvalidDayError,
    record_step,
    state_of,
)
from partners.models import User
from partners.selectors import published_editions
from partners.services import audit


@transaction.atomic
def cancel_deal(
    *, deal_id: int, on: date, note: str, actor: User | None, at: datetime
) -> Deal:
    """End a won deal: from `on` its remaining points are taken back (3.2).

    For cancellation and for non-payment alike. Raises `InvalidTransitionError` unless the
    deal is won and running, `InvalidDayError` for a day before it was won.
    """
    deal = locked(deal_id)
    if deal.stage != Deal.Stage.WON or deal.cancelled_on is not None:
        raise InvalidTransitionError(_("Only a running won deal can be cancelled."))
    assert deal.closed_on  # the constraint deal_closed_on_iff_closed
    if on < deal.closed_on:
        raise InvalidDayError(_("A deal cannot end before it was won."))
    said, deal.cancelled_on = state_of(deal), on
    deal.save(update_fields=["cancelled_on"])
    record_step(
        "deals.cancelled",
        deal,
        before=deal.stage,
        said=said,
        on=on,
        note=note,
        actor=actor,
        at=at,
    )
    settle_deals(deal_ids=[deal.pk], at=at, editions=published_editions(), refresh=True)
    outbox.put("deals.cancelled", key=f"deal-cancelled:{deal.pk}", deal_id=deal.pk)
    tell_cancelled(deal, at=at)
    return deal


@transaction.atomic
def downgrade_line(
    *, line_id: int, mrr_minor: int, on: date, actor: User | None, at: datetime
) -> LineReduction:
    """Reduce what a won line is worth from a day on; points follow in proportion (3.2).

    `mrr_minor` is what remains, in minor units of the line's currency. Raises
    `InvalidAmountError` unless that is less than before, `InvalidDayError` for a day
    before it was sold or the last downgrade, `InvalidTransitionError` unless the deal
    runs.
    """
    line = DealLine.objects.select_related("deal").get(pk=line_id)
    deal = locked(line.deal_id)
    if deal.stage != Deal.Stage.WON or deal.cancelled_on is not None:
        raise InvalidTransitionError(_("Only a running won deal can be downgraded."))
    assert deal.closed_on  # the constraint deal_closed_on_iff_closed
    last = line.reductions.order_by("-on").first()
    if on < (line.added_on or deal.closed_on) or (last is not None and on <= last.on):
        raise InvalidDayError(_("A downgrade follows the win and the last downgrade."))
    worth = last.mrr_minor if last else line.mrr_minor
    if not 0 <= mrr_minor < worth:
        raise InvalidAmountError(_("A downgrade leaves less than before."))
    reduction = LineReduction.objects.create(
        line=line, on=on, mrr_minor=mrr_minor, actor=actor, at=at
    )
    audit.record(
        "deals.line_downgraded",
        actor=actor,
        at=at,
        partner_id=deal.partner_id,
        of=line,
        changes={
            "mrr_minor": (worth, mrr_minor),
            "currency": (line.currency, line.currency),
            "on": (None, on),
        },
    )
    settle_deals(deal_ids=[deal.pk], at=at, editions=published_editions(), refresh=True)
    outbox.put(
        "deals.line_reduced", key=f"line-reduced:{reduction.pk}", deal_id=deal.pk,
        line_id=line.pk, reduction_id=reduction.pk,
    )  # fmt: skip
    return reduction


@transaction.atomic
def upgrade_line(
    *,
    line_id: int,
    edition: str,
    mrr_minor: int,
    credits: int | None,
    on: date,
    actor: User | None,
    at: datetime,
) -> DealLine:
    """Add what a won line grew by, as a line of its own from a day on (3.6).

    `mrr_minor` is what comes on top, in minor units of the line's currency. It is sold on
    that day: its own window of points and its own commission begin then. Raises
    `InvalidAmountError` unless something comes on top, `InvalidDayError` for a day before
    the win or one that has an upgrade of this line, `InvalidTransitionError` unless the
    deal runs.
    """
    line = DealLine.objects.get(pk=line_id)
    deal = locked(line.deal_id)
    if deal.stage != Deal.Stage.WON or deal.cancelled_on is not None:
        raise InvalidTransitionError(_("Only a running won deal can be upgraded."))
    assert deal.closed_on  # the constraint deal_closed_on_iff_closed
    if on < deal.closed_on:
        raise InvalidDayError(_("An upgrade follows the win."))
    if mrr_minor <= 0:
        raise InvalidAmountError(_("An upgrade brings more than before."))
    root = line.upgrade_of_id or line.pk
    if DealLine.objects.filter(upgrade_of=root, added_on=on).exists():
        raise InvalidDayError(_("This line was upgraded on that day already."))
    upgrade = DealLine.objects.create(
        deal=deal,
        product_line=line.product_line,
        edition=edition,
        mrr_minor=mrr_minor,
        currency=line.currency,
        credits=credits,
        upgrade_of_id=root,
        added_on=on,
    )
    note_activity(
        deal,
        "upgraded",
        actor=actor,
        at=at,
        facts={
            "product_line": line.product_line,
            "mrr_minor": mrr_minor,
            "currency": line.currency,
            "on": on.isoformat(),
        },
    )
    audit.record(
        "deals.line_upgraded",
        actor=actor,
        at=at,
        partner_id=deal.partner_id,
        of=upgrade,
        changes={
            "mrr_minor": (0, mrr_minor),
            "currency": (line.currency, line.currency),
            "on": (None, on),
        },
    )
    settle_deals(deal_ids=[deal.pk], at=at, editions=published_editions(), refresh=True)
    outbox.put(
        "deals.line_added", key=f"line-added:{upgrade.pk}", deal_id=deal.pk,
        line_id=upgrade.pk,
    )  # fmt: skip
    return upgrade
