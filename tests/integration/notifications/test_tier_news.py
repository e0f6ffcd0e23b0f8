"""What companies are told when their tier is checked; nobody twice."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core import mail

from outbox import services as outbox
from outbox.models import Job
from partners.models import (
    Certification,
    Evaluation,
    Notification,
    Partner,
    TierChange,
    User,
)
from partners.services.tier_news import queue_tier_news
from partners.services.tiers import end_cures
from portal import schedule
from tests.factories import (
    CertificationFactory,
    PartnerFactory,
    PointsEntryFactory,
    TierChangeFactory,
    stand,
)
from tests.integration.pages import account_of

pytestmark = pytest.mark.django_db

CHECK = date(2026, 3, 16)
JANUARY = date(2026, 1, 15)
AT = datetime(2026, 4, 1, 3, tzinfo=UTC)
MICRO = 1_000_000


def company(*, points: int, tier: str = "none", certified: bool = True) -> Partner:
    """Return a partner with sourced and managed points enough, or not, for a tier."""
    partner = PartnerFactory.create(name="Aurora")
    if certified:
        CertificationFactory.create(person__partner=partner)
    if tier != "none":
        TierChangeFactory.create(partner=partner, tier=tier, on=date(2025, 3, 15))
    for kind in ({}, {"managed": True}):
        PointsEntryFactory.create(
            partner=partner,
            points=points * MICRO,
            effective_on=date(2025, 7, 1),
            **kind,
        )
    stand(partner, on=date(2025, 7, 1))
    return partner


def check(day: date) -> None:
    """Do a check day twice, as a doubled beat would, and all the work it puts."""
    for _ in range(2):
        schedule.check(day=day, at=AT, first=0, last=2**62)
    outbox.run_due()


def told(user: User) -> list[tuple[str, Any]]:
    return list(user.notifications.order_by("pk").values_list("kind", "due_on"))


def test_an_upgrade_is_told_to_everybody_once() -> None:
    partner = company(points=300)
    owner, reader = account_of(partner), account_of(partner, role="reader")
    stranger = account_of(PartnerFactory.create())

    check(date(2026, 2, 15))

    change = TierChange.objects.get(partner=partner, cause="upgraded")
    for user in (owner, reader):
        assert told(user) == [("partners.tier_raised", None)]
    assert told(stranger) == []
    news = owner.notifications.get()
    assert news.facts["tier"] == change.tier
    assert f"/receipts/{partner.public_id}/credited-tier/2026-02-15/" in news.path
    assert len([m for m in mail.outbox if m.to == [owner.email]]) == 1


def test_a_downgrade_is_told_with_the_tier_before() -> None:
    partner = company(points=1, tier="gold")
    owner = account_of(partner)

    check(JANUARY)

    assert TierChange.objects.filter(partner=partner, cause="downgraded").exists()
    assert told(owner) == [("partners.tier_lowered", None)]
    assert owner.notifications.get().facts["before"] == "gold"


def test_a_tier_that_is_kept_is_told_without_a_mail_at_once() -> None:
    partner = company(points=300, tier="gold")
    owner = account_of(partner)

    schedule.check(day=JANUARY, at=AT, first=0, last=2**62)
    evaluation = Evaluation.objects.get(partner=partner)
    outbox.run_due(lane="bulk")

    kinds = [kind for kind, _due in told(owner)]
    if evaluation.tier == evaluation.credited_before == "gold":
        assert kinds[-1] == "partners.tier_kept"
    kept = owner.notifications.get(key=f"evaluation:{evaluation.public_id}")
    assert kept.mail == "daily"


def test_nothing_is_told_of_no_tier_that_stays_none() -> None:
    owner = account_of(company(points=1))

    check(JANUARY)

    assert Evaluation.objects.exists()
    assert told(owner) == []


def test_a_cure_asks_to_act_until_it_ends() -> None:
    partner = company(points=300, tier="gold", certified=False)
    owner = account_of(partner)

    check(JANUARY)

    evaluation = Evaluation.objects.get(partner=partner)
    assert evaluation.cure_until is not None
    assert ("partners.tier_cure_begun", evaluation.cure_until) in told(owner)
    assert Notification.objects.needing_action().filter(user=owner).count() == 1

    CertificationFactory.create(person__partner=partner, earned_on=date(2026, 1, 20))
    assert Certification.objects.count() == 1
    later = datetime(2027, 1, 1, tzinfo=UTC)
    end_cures(on=date(2027, 1, 1), at=later, first=0, last=2**62)
    queue_tier_news(at=later, first=0, last=2**62)
    outbox.run_due()

    assert not Notification.objects.needing_action().filter(user=owner).exists()


def test_decisions_of_another_moment_or_range_are_not_told_again() -> None:
    partner = company(points=300)
    account_of(partner)
    check(date(2026, 2, 15))
    jobs = Job.objects.filter(kind="partners.tell_tiers").count()

    queue_tier_news(at=datetime(2026, 4, 2, tzinfo=UTC), first=0, last=2**62)
    queue_tier_news(at=AT, first=partner.pk + 1, last=2**62)

    assert Job.objects.filter(kind="partners.tell_tiers").count() == jobs
