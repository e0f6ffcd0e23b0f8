"""How long a registration holds: extended, reminded of, expired by the clock (3.10)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from deals.models import Deal, InvalidTransitionError
from deals.notifications.life import tell_expiring
from deals.services.activities import locked, note_activity, partner_accounts
from deals.services.benefits import why_nothing_new
from deals.services.life.closing import expire_deal
from deals.services.life.steps import state_of
from partners.models import User
from partners.receipts.benefits import BenefitRight
from partners.selectors import published_editions
from partners.services import audit
from program.rulebook import Rulebook


def may_extend(
    deal: Deal,
    *,
    on: date,
    rulebook: Rulebook,
    rights: Mapping[str, BenefitRight] | None = None,
) -> str:
    """Return why a deal cannot be extended on a day; "" if it can.

    Once, while it is open and valid, with activity in the last `renewal_activity_days`,
    and while the company has the benefit: `rights` are those it has, for who has read
    them.
    """
    rules = rulebook.deal
    if deal.stage != Deal.Stage.REGISTERED or deal.valid_until is None:
        return _("Only an open registration is extended.")
    if deal.valid_until <= on:
        return _("The registration is over.")
    if deal.extensions >= rules.renewals_max:
        return _("It was extended already.")
    since = on - timedelta(days=rules.renewal_activity_days)
    if deal.active_on is None or deal.active_on < since:
        return _("Nobody worked on it in the last %(days)s days.") % {
            "days": rules.renewal_activity_days
        }
    return why_nothing_new(deal.partner, on=on, rights=rights)


@transaction.atomic
def extend_deal(*, deal_id: int, on: date, actor: User, at: datetime) -> Deal:
    """Extend a registration by its validity once more, from the day it would end.

    Raises `InvalidTransitionError` with the reason of `may_extend`.
    """
    deal = locked(deal_id)
    rulebook = published_editions().on(on).rulebook
    if reason := may_extend(deal, on=on, rulebook=rulebook):
        raise InvalidTransitionError(reason)
    assert deal.valid_until is not None
    said = state_of(deal)
    deal.valid_until += timedelta(days=rulebook.deal.validity_days)
    deal.extensions += 1
    deal.save(update_fields=["valid_until", "extensions"])
    note_activity(
        deal,
        "extended",
        actor=actor,
        at=at,
        facts={"valid_until": deal.valid_until.isoformat()},
    )
    audit.record(
        "deals.extended",
        actor=actor,
        at=at,
        partner_id=deal.partner_id,
        of=deal,
        changes=audit.differences(said, state_of(deal)),
    )
    return deal


def expire_and_remind(*, on: date, at: datetime, first: int, last: int) -> int:
    """Expire what is over on a day and remind of what soon is, of a range of partners.

    Each deal in a transaction of its own; returns how many expired. Reminders are about
    the day on which they are really said: a clock that stood still does not remind of a
    day that has passed. Repeating it does nothing.
    """
    rules = published_editions().on(on).rulebook.deal
    dated = Deal.objects.filter(
        stage=Deal.Stage.REGISTERED,
        partner_id__gte=first,
        partner_id__lte=last,
        valid_until__isnull=False,
    ).order_by("pk")
    over = dated.filter(valid_until__lte=on).values_list("pk", flat=True)
    expired = sum(expire_deal(deal_id=pk, on=on, at=at) for pk in list(over))
    horizon = on + timedelta(days=max(rules.reminder_days, default=0))
    for deal in dated.filter(valid_until__gt=on, valid_until__lte=horizon):
        _remind(deal, rules.reminder_days, on=on, at=at)
    return expired


@transaction.atomic
def _remind(
    deal: Deal, reminder_days: tuple[int, ...], *, on: date, at: datetime
) -> None:
    """Remind once for each of the days before the end, whichever is the nearest now."""
    assert deal.valid_until is not None
    left = (deal.valid_until - on).days
    nearest = min(days for days in reminder_days if left <= days)
    tell_expiring(deal, accounts=partner_accounts(deal), days=nearest, left=left, at=at)
