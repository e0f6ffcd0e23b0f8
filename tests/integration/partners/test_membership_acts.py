"""Provider and partner: each move once, with its history, told and written down."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import transaction

from outbox.models import Job
from partners.models import (
    AuditEntry,
    MembershipChange,
    Notification,
    OwnEdition,
    Partner,
    Role,
    TierChange,
    User,
)
from partners.selectors import membership_on, memberships_on
from partners.services import standing
from partners.services.standing import StandingError
from tests.factories import (
    CertificationFactory,
    ConditionFindingFactory,
    EscalationFactory,
    PartnerFactory,
    PersonFactory,
    TierChangeFactory,
    UserFactory,
    stand,
)

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 10)
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def actor() -> User:
    return UserFactory.create(programme_manager=True)


@pytest.fixture
def partner() -> Partner:
    """Return a partner with an owner who can sign in and a manager."""
    partner = PartnerFactory.create(with_pdm=True)
    PersonFactory.create(partner=partner, with_account=True)
    PersonFactory.create(partner=partner, with_account=True, role=Role.SALES)
    return partner


def told(kind: str) -> list[str]:
    """Return who was told of a kind, by role."""
    found = Notification.objects.filter(kind=kind)
    return sorted("pdm" if each.user.is_staff else "owner" for each in found)


def acts() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


# --- Membership -----------------------------------------------------------------------


def make_provider(partner: Partner, actor: User, on: date = TODAY) -> Partner:
    return standing.become_provider(
        partner_id=partner.pk, reason="They asked.", on=on, actor=actor, at=NOON
    )


def make_partner(partner: Partner, actor: User) -> Partner:
    return standing.become_partner(
        partner_id=partner.pk, reason="They asked.", on=TODAY, actor=actor, at=NOON
    )


def test_a_provider_has_no_tier_from_the_day_it_is_one(
    partner: Partner, actor: User
) -> None:
    TierChangeFactory.create(partner=partner, on=date(2025, 7, 15), tier="gold")
    stand(partner, on=TODAY)

    make_provider(partner, actor)

    partner.refresh_from_db()
    assert partner.membership == "provider"
    assert [
        (change.on, change.membership, change.cause)
        for change in partner.membership_changes.order_by("pk")
    ] == [
        (partner.joined_on, "partner", "joined"),
        (TODAY, "provider", "staff"),
    ]
    last = partner.tier_changes.order_by("-pk")[0]
    assert (last.on, last.tier, last.cause) == (TODAY, "none", "membership_ended")
    assert partner.standing.credited_tier == "none"
    assert told("partners.membership_changed") == ["owner", "pdm"]
    assert acts() == ["partners.tier_changed", "partners.membership_changed"]
    assert Job.objects.filter(kind="partners.refresh_standing").count() == 1


def test_what_it_was_stays_readable(partner: Partner, actor: User) -> None:
    make_provider(partner, actor)
    partner.refresh_from_db()

    assert membership_on(partner, date(2026, 3, 9)) == "partner"
    assert membership_on(partner, TODAY) == "provider"
    before = datetime(2026, 3, 10, 11, tzinfo=UTC)
    assert membership_on(partner, TODAY, known_at=before) == "partner"
    assert membership_on(partner, date(2020, 1, 1)) == "partner"
    assert memberships_on([partner], date(2020, 1, 1)) == {partner.pk: "partner"}
    assert memberships_on([partner], TODAY) == {partner.pk: "provider"}


def test_a_partner_without_a_tier_gets_no_row_about_one(
    partner: Partner, actor: User
) -> None:
    make_provider(partner, actor)

    assert not TierChange.objects.exists()


def test_membership_is_not_changed_twice_or_into_the_past(
    partner: Partner, actor: User
) -> None:
    TierChangeFactory.create(partner=partner, on=date(2026, 2, 15))
    with pytest.raises(StandingError, match="tier changed after"):
        make_provider(partner, actor, date(2026, 2, 14))
    make_provider(partner, actor)
    with pytest.raises(StandingError, match="provider already"):
        make_provider(partner, actor)
    with pytest.raises(StandingError, match="Say why"):
        standing.become_partner(
            partner_id=partner.pk, reason=" ", on=TODAY, actor=actor, at=NOON
        )

    assert MembershipChange.objects.filter(partner=partner).count() == 2


def test_a_refused_provider_reads_everything_that_lacks(actor: User) -> None:
    provider = PartnerFactory.create(provider=True, own_edition=OwnEdition.STARTER)
    EscalationFactory.create(partner=provider)
    ConditionFindingFactory.create(partner=provider, condition="conduct")

    with pytest.raises(StandingError) as refusal:
        make_partner(provider, actor)

    words = str(refusal.value)
    for lacking in (
        "Code of conduct",
        "An escalation is open",
        "Nobody here has earned the Solutions Partner Certification",
        "Own subscription: Its edition is below",
        "At least Professional, from US$400.00 a month",
    ):
        assert lacking in words
    assert "Security" not in words
    provider.refresh_from_db()
    assert provider.membership == "provider"
    assert not MembershipChange.objects.exists()


def test_a_provider_that_meets_all_becomes_a_partner(actor: User) -> None:
    provider = PartnerFactory.create(
        provider=True, own_edition="professional", own_monthly_usd_minor=40_000
    )
    CertificationFactory.create(person__partner=provider)

    make_partner(provider, actor)
    with pytest.raises(StandingError, match="partner already"):
        make_partner(provider, actor)

    provider.refresh_from_db()
    assert provider.membership == "partner"
    assert membership_on(provider, date(2026, 3, 9)) == "provider"


def test_a_bundle_writes_the_history_it_brings() -> None:
    new = PartnerFactory.create(joined_on=date(2025, 5, 1))
    moved = PartnerFactory.create(joined_on=date(2024, 5, 1), provider=True)
    same = PartnerFactory.create()
    TierChangeFactory.create(partner=moved, tier="gold")
    stand(moved, on=TODAY)

    standing.record_imported(
        new=[new], changed=[("partner", moved), ("partner", same)], on=TODAY, at=NOON
    )

    rows = MembershipChange.objects.order_by("pk")
    assert [
        (row.partner, row.on, row.membership, row.cause)
        for row in sorted(rows, key=lambda row: (row.partner_id, row.pk))
    ] == [
        (new, date(2025, 5, 1), "partner", "joined"),
        (moved, date(2024, 5, 1), "partner", "joined"),
        (moved, TODAY, "provider", "imported"),
    ]
    assert moved.tier_changes.order_by("-pk")[0].cause == "membership_ended"
    assert acts() == ["partners.membership_changed", "partners.tier_changed"]
    assert said() == [
        {
            "change_id": rows.get(cause="imported").pk,
            "partner_id": moved.pk,
            "before": "partner",
            "membership": "provider",
            "on": "2026-03-10",
        }
    ]


def said() -> list[dict[str, object]]:
    """Return the facts of the events that packages above follow."""
    jobs = Job.objects.filter(kind="partners.membership_changed")
    return list(jobs.order_by("pk").values_list("payload", flat=True))


def test_a_change_of_membership_is_an_event_in_the_same_transaction(
    partner: Partner, actor: User
) -> None:
    def change() -> None:
        standing.become_provider(
            partner_id=partner.pk, reason="Asked for.", on=TODAY, actor=actor, at=NOON
        )

    with transaction.atomic():
        change()
        transaction.set_rollback(True)
    assert said() == []

    change()

    row = MembershipChange.objects.get(cause="staff")
    assert said() == [
        {
            "change_id": row.pk,
            "partner_id": partner.pk,
            "before": "partner",
            "membership": "provider",
            "on": "2026-03-10",
        }
    ]
