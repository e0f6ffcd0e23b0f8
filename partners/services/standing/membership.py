"""Provider and partner: the change itself, whoever decides it (3.9).

`Partner.membership` is written here and by the import of a bundle, nowhere else; the
history and the end of a credited tier go with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from outbox import services as outbox
from partners.models import (
    MembershipChange,
    MembershipChoice,
    Partner,
    TierChange,
    TierChoice,
    User,
)
from partners.receipts import standing_words as words
from partners.receipts.conditions import conditions_on, holdings_of, own_of
from partners.selectors import edition_on
from partners.services import audit
from partners.services.standing.errors import StandingError, refuse_empty
from partners.services.standing.telling import tell
from partners.services.standings import credited_tiers
from partners.services.tiers.decisions import credit
from partners.services.tiers.elite import end_candidacies
from program.rulebook import Membership, Rulebook, Tier
from program.standing import Condition, conditions, own_subscription
from ui import formats

Cause = MembershipChange.Cause


@transaction.atomic
def become_partner(
    *, partner_id: int, reason: str, on: date, actor: User | None, at: datetime
) -> Partner:
    """Make a provider a partner from a day on, if it meets R8 to R10.

    Raises `StandingError` that names everything that lacks, for a company that is a
    partner already, and without a reason. Deals of before keep their terms.
    """
    partner = Partner.objects.select_for_update(of=("self",)).get(pk=partner_id)
    if partner.membership == MembershipChoice.PARTNER:
        raise StandingError(_("This company is a partner already."))
    reason = refuse_empty(reason)
    lacking = lacking_of(partner, on=on, rulebook=edition_on(on).rulebook)
    if lacking:
        raise StandingError(
            _("It cannot become a partner yet: %(lacking)s")
            % {"lacking": " ".join(lacking)}
        )
    _change(
        partner, MembershipChoice.PARTNER, on=on, cause=Cause.STAFF, reason=reason,
        actor=actor, at=at,
    )  # fmt: skip
    return partner


@transaction.atomic
def become_provider(
    *,
    partner_id: int,
    reason: str,
    on: date,
    actor: User | None,
    at: datetime,
    cause: str = Cause.STAFF,
) -> Partner:
    """Make a partner a provider from a day on; a credited tier ends with it.

    Raises `StandingError` for a company that is a provider already, for a day before the
    last change of its membership or tier, and without a reason where somebody decides.
    """
    partner = Partner.objects.select_for_update(of=("self",)).get(pk=partner_id)
    if partner.membership == MembershipChoice.PROVIDER:
        raise StandingError(_("This company is a provider already."))
    _change(
        partner, MembershipChoice.PROVIDER, on=on, cause=cause,
        reason=refuse_empty(reason) if cause == Cause.STAFF else reason, actor=actor,
        at=at,
    )  # fmt: skip
    return partner


def lacking_of(partner: Partner, *, on: date, rulebook: Rulebook) -> list[str]:
    """Return what a company lacks to be a partner, in sentences; nothing if it may be."""
    (state_of_provider,) = conditions_on([partner], on=on, rulebook=rulebook).values()
    training = next(
        each
        for each in conditions(
            on=on,
            membership=Membership.PARTNER,
            findings=(),
            complaints=(),
            holdings=holdings_of([partner.pk]).get(partner.pk, ()),
            rulebook=rulebook,
        )
        if each.condition is Condition.TRAINING
    )
    states = [state for state in state_of_provider if not state.met]
    if not training.met and all(s.condition is not Condition.TRAINING for s in states):
        states.append(training)
    lacking = [
        f"{words.LABELS[state.condition]}: {words.reason_of(state)}" for state in states
    ]
    own = own_subscription(
        on=on, own=own_of(partner), membership=Membership.PARTNER, rulebook=rulebook
    )
    if not own.sufficient:
        minimum = rulebook.membership.partner_minimum
        lacking.append(
            _("Own subscription: %(why)s At least %(edition)s, from %(amount)s a month.")
            % {
                "why": words.own_words(own),
                "edition": rulebook.membership.partner_edition.capitalize(),
                "amount": formats.money(minimum.minor, minimum.currency),
            }
        )
    return lacking


def _change(
    partner: Partner,
    membership: MembershipChoice,
    *,
    on: date,
    cause: str,
    reason: str,
    actor: User | None,
    at: datetime,
) -> None:
    """Write a change of membership: the history, the end of the tier, who is told."""
    before = partner.membership
    _open_histories([partner], before={partner.pk: before}, at=at)
    _refuse_before_last(partner, on=on)
    partner.membership = membership
    partner.save(update_fields=["membership"])
    change = MembershipChange.objects.create(
        partner=partner, on=on, membership=membership, cause=cause, reason=reason,
        actor=actor, recorded_at=at,
    )  # fmt: skip
    ended = _end_tiers([partner], on=on, at=at) if membership == "provider" else []
    audit.record(
        "partners.membership_changed",
        actor=actor,
        at=at,
        partner_id=partner.pk,
        of=partner,
        changes={"membership": (before, str(membership))},
        note=reason,
    )
    tell(
        "partners.membership_changed",
        key=f"membership:{change.pk}",
        partner=partner,
        at=at,
        membership=str(membership),
        on=on.isoformat(),
        tier_ended=bool(ended),
    )
    outbox.put(
        "partners.refresh_standing",
        key=f"standing:{partner.pk}:membership:{change.pk}",
        partner_id=partner.pk,
    )
    _say([(before, change)])


def _say(changes: Iterable[tuple[str, MembershipChange]]) -> None:
    """Put the event that packages above follow; each change with what was before it."""
    outbox.put_many(
        outbox.Work(
            "partners.membership_changed",
            key=f"membership:{change.pk}",
            facts={
                "change_id": change.pk,
                "partner_id": change.partner_id,
                "membership": str(change.membership),
                "before": str(before),
                "on": change.on.isoformat(),
            },
        )
        for before, change in changes
    )


def _refuse_before_last(partner: Partner, *, on: date) -> None:
    """Refuse a day before the last change: history is only added to at its end."""
    later = MembershipChange.objects.filter(partner=partner, on__gt=on)
    if later.exists():
        raise StandingError(_("The membership changed after this day already."))
    if TierChange.objects.filter(partner=partner, on__gt=on).exists():
        raise StandingError(_("The tier changed after this day already."))


def _end_tiers(partners: Iterable[Partner], *, on: date, at: datetime) -> list[int]:
    """Credit "no tier" to companies that have one; return whose tier ended.

    What was under way towards Elite ends with it.
    """
    ids = [partner.pk for partner in partners]
    credited = credited_tiers(partner_ids=ids, on=on)
    ended = [pk for pk, (tier, _day) in credited.items() if tier is not Tier.NONE]
    credit(
        [
            TierChange(
                partner_id=pk,
                on=on,
                tier=TierChoice.NONE,
                cause=TierChange.Cause.MEMBERSHIP_ENDED,
                recorded_at=at,
            )
            for pk in ended
        ]
    )
    end_candidacies(partner_ids=ids, on=on, at=at)
    return ended


@transaction.atomic
def record_imported(
    *,
    new: Iterable[Partner],
    changed: Iterable[tuple[str, Partner]],
    on: date,
    at: datetime,
) -> None:
    """Write the history of companies a bundle brought or changed.

    `changed` pairs the membership of before with the company as it is stored now. The
    bundle is right: nothing is refused, and a provider's tier ends.
    """
    pairs = [(before, each) for before, each in changed if before != each.membership]
    moved = [each for _before, each in pairs]
    _open_histories(
        [*new, *moved], before={each.pk: before for before, each in pairs}, at=at
    )
    changes = MembershipChange.objects.bulk_create(
        [
            MembershipChange(
                partner=partner,
                on=on,
                membership=partner.membership,
                cause=Cause.IMPORTED,
                recorded_at=at,
            )
            for partner in moved
        ],
        batch_size=2_000,
    )
    _say(
        (before, change)
        for (before, _partner), change in zip(pairs, changes, strict=True)
    )
    audit.record_many(
        [
            audit.Act(
                "partners.membership_changed",
                partner_id=each.pk,
                of=each,
                changes={"membership": (before, each.membership)},
            )
            for before, each in pairs
        ],
        actor=None,
        at=at,
    )
    providers = [each for each in moved if each.membership == MembershipChoice.PROVIDER]
    if providers:
        _end_tiers(providers, on=on, at=at)


def _open_histories(
    partners: Iterable[Partner], *, before: dict[int, str], at: datetime
) -> None:
    """Begin the history of companies that have none with their joining."""
    partners = list(partners)
    known = set(
        MembershipChange.objects.filter(
            partner_id__in=[partner.pk for partner in partners]
        ).values_list("partner_id", flat=True)
    )
    MembershipChange.objects.bulk_create(
        [
            MembershipChange(
                partner=partner,
                on=partner.joined_on,
                membership=before.get(partner.pk, partner.membership),
                cause=Cause.JOINED,
                recorded_at=at,
            )
            for partner in partners
            if partner.pk not in known
        ],
        batch_size=2_000,
    )
