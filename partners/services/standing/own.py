"""Own subscriptions that lapse: days to cure, and what follows (R9, 3.9)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from partners.models import (
    BenefitSuspension,
    MembershipChange,
    OwnLapse,
    Partner,
    Role,
)
from partners.receipts.conditions import own_of
from partners.services import audit
from partners.services.notifications import settle_notifications
from partners.services.standing.benefits import restore_benefits, suspend_benefits
from partners.services.standing.membership import become_provider
from partners.services.standing.telling import tell
from program.rulebook import Membership, Rulebook
from program.standing import (
    OwnReason,
    becomes_provider,
    cure_until,
    own_subscription,
)

_PAYERS = frozenset({Role.FINANCE})
Outcome = OwnLapse.Outcome


def follow_own_subscriptions(
    partners: Iterable[Partner],
    *,
    on: date,
    today: date,
    at: datetime,
    rulebook: Rulebook,
) -> None:
    """Open, cure or carry out lapses as of a day; a step that was taken stays taken."""
    partners = list(partners)
    ids = [partner.pk for partner in partners]
    lapses = {
        lapse.partner_id: lapse
        for lapse in OwnLapse.objects.filter(
            partner_id__in=ids, outcome=Outcome.OPEN
        ).select_for_update()
    }
    suspended = {
        each.partner_id: each
        for each in BenefitSuspension.objects.filter(
            partner_id__in=ids,
            cause=BenefitSuspension.Cause.OWN_SUBSCRIPTION,
            until_on=None,
        )
    }
    for partner in partners:
        reason = own_subscription(
            on=on,
            own=own_of(partner),
            membership=Membership(partner.membership),
            rulebook=rulebook,
        )
        lapse = lapses.get(partner.pk)
        suspension = suspended.get(partner.pk)
        if lapse is not None and reason.sufficient:
            _end(lapse, partner, Outcome.CURED, on=on, at=at)
            tell(
                "partners.own_cured", key=f"own-cured:{lapse.pk}", partner=partner, at=at
            )
        elif lapse is not None and on > lapse.cure_until:
            _carry_out(lapse, partner, on=on, today=today, at=at, rulebook=rulebook)
        elif suspension is not None and reason.sufficient:
            restore_benefits(
                suspension_id=suspension.pk,
                on=on,
                actor=None,
                at=at,
                today=today,
            )
        elif lapse is None and suspension is None and reason.lapsed:
            _open(partner, reason, on=on, today=today, at=at, rulebook=rulebook)


def _open(
    partner: Partner,
    reason: OwnReason,
    *,
    on: date,
    today: date,
    at: datetime,
    rulebook: Rulebook,
) -> None:
    """Open a lapse. Its days to cure run from the day the company is told."""
    until = cure_until(since=max(on, today), rulebook=rulebook)
    lapse, new = OwnLapse.objects.get_or_create(
        partner=partner,
        since_on=on,
        defaults={"reason": reason, "cure_until": until},
    )
    if not new:
        return
    audit.record(
        "partners.own_lapsed", actor=None, at=at, partner_id=partner.pk, of=lapse
    )
    tell(
        "partners.own_lapsed",
        key=f"own-lapse:{lapse.pk}",
        partner=partner,
        at=at,
        roles=_PAYERS,
        due_on=until,
        reason=str(reason),
        cure_until=until.isoformat(),
        becomes_provider=becomes_provider(
            on=until,
            own=own_of(partner),
            membership=Membership(partner.membership),
            rulebook=rulebook,
        ),
    )


def _carry_out(
    lapse: OwnLapse,
    partner: Partner,
    *,
    on: date,
    today: date,
    at: datetime,
    rulebook: Rulebook,
) -> None:
    moves = becomes_provider(
        on=on,
        own=own_of(partner),
        membership=Membership(partner.membership),
        rulebook=rulebook,
    )
    if moves:
        become_provider(
            partner_id=partner.pk,
            reason="",
            on=on,
            actor=None,
            at=at,
            cause=MembershipChange.Cause.OWN_SUBSCRIPTION,
        )
    else:
        suspend_benefits(
            suspension=BenefitSuspension(
                partner=partner,
                cause=BenefitSuspension.Cause.OWN_SUBSCRIPTION,
                from_on=on,
            ),
            actor=None,
            at=at,
            today=today,
        )
    _end(lapse, partner, Outcome.PROVIDER if moves else Outcome.SUSPENDED, on=on, at=at)


def _end(
    lapse: OwnLapse,
    partner: Partner,
    outcome: OwnLapse.Outcome,
    *,
    on: date,
    at: datetime,
) -> None:
    lapse.outcome, lapse.ended_on = outcome, on
    lapse.save(update_fields=["outcome", "ended_on"])
    audit.record(
        f"partners.own_lapse_{outcome}",
        actor=None,
        at=at,
        partner_id=partner.pk,
        of=lapse,
        changes={"outcome": ("open", str(outcome))},
    )
    settle_notifications(key=f"own-lapse:{lapse.pk}", at=at)
