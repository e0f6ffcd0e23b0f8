"""Managed points: a stock that follows subscriptions and services (3.3)."""

from datetime import UTC, date, datetime

import pytest
from django.db import DatabaseError, transaction

from clients import services
from clients.models import Client, Relationship, Subscription
from outbox.models import PeriodRun
from partners.models import Partner, PointsEntry
from partners.selectors import published_editions
from tests.factories import (
    ClientFactory,
    PartnerFactory,
    RelationshipFactory,
    SubscriptionFactory,
)
from tests.factories.rulebook import publish_edition

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
TODAY = date(2026, 3, 1)
MICRO = 1_000_000
UNITS_WITH_NOK = '[points.units]\nNOK = { value = "1000", rule = "R24" }'


def settle(client: Client, *, until: date = TODAY) -> int:
    """Post what the client's partners lack; return how many entries are new."""
    return len(
        services.settle_managed(
            client_ids=[client.pk], until=until, at=AT, editions=published_editions()
        )
    )


def stock(partner: Partner, day: date) -> int:
    entries = PointsEntry.objects.counting_on(day).filter(partner=partner)
    return sum(entries.values_list("points", flat=True))


def test_p5_one_partner_and_then_two() -> None:
    client = ClientFactory.create(country="GB")
    SubscriptionFactory.create(client=client, mrr_minor=625_000, currency="GBP")
    first = RelationshipFactory.create(client=client).partner
    second = RelationshipFactory.create(client=client, from_on=date(2025, 6, 1)).partner

    settle(client)

    assert stock(first, date(2025, 5, 31)) == 100 * MICRO
    assert stock(first, date(2025, 6, 1)) == stock(second, TODAY) == 50 * MICRO


def test_p6_a_growth_market_counts_twice() -> None:
    client = ClientFactory.create(country="BR")
    SubscriptionFactory.create(client=client, mrr_minor=100_000, currency="USD")
    partner = RelationshipFactory.create(client=client).partner

    settle(client)

    assert stock(partner, TODAY) == 20 * MICRO


def test_follows_subscriptions_that_begin_change_and_end() -> None:
    client = ClientFactory.create()
    partner = RelationshipFactory.create(client=client).partner
    for from_on, until_on, mrr_minor in [
        (date(2025, 2, 1), date(2025, 5, 1), 10_000),
        (date(2025, 5, 1), date(2025, 8, 1), 30_000),
    ]:
        SubscriptionFactory.create(
            client=client, mrr_minor=mrr_minor, from_on=from_on, until_on=until_on
        )

    settle(client)

    stocks = [
        stock(partner, day)
        for day in (
            date(2025, 1, 31), date(2025, 2, 1), date(2025, 4, 30), date(2025, 5, 1),
            date(2025, 7, 31), date(2025, 8, 1),
        )
    ]  # fmt: skip
    assert stocks == [0, MICRO, MICRO, 3 * MICRO, 3 * MICRO, 0]


def test_ends_with_the_service_and_begins_anew_with_the_next_one() -> None:
    client = SubscriptionFactory.create(mrr_minor=10_000).client
    partner = PartnerFactory.create()
    for from_on, until_on in [
        (date(2025, 2, 1), date(2025, 3, 1)),
        (date(2025, 9, 1), None),
    ]:
        RelationshipFactory.create(
            partner=partner, client=client, from_on=from_on, until_on=until_on
        )

    settle(client)

    assert stock(partner, date(2025, 2, 28)) == MICRO
    assert stock(partner, date(2025, 3, 1)) == 0
    assert stock(partner, date(2025, 9, 1)) == MICRO


@pytest.mark.parametrize("parts", [2, 3, 7])
def test_the_shares_of_several_partners_add_up(parts: int) -> None:
    client = ClientFactory.create()
    SubscriptionFactory.create(client=client, mrr_minor=10_001, currency="EUR")
    partners = [RelationshipFactory.create(client=client).partner for _ in range(parts)]

    settle(client)

    shares = [stock(partner, TODAY) for partner in partners]
    assert sum(shares) == 1_333_467  # 100.01 EUR / 75 EUR, half up
    assert max(shares) - min(shares) <= 1


def test_posts_nothing_ahead_of_time_and_nothing_twice() -> None:
    client = SubscriptionFactory.create(mrr_minor=10_000, from_on=date(2026, 4, 1)).client
    RelationshipFactory.create(client=client)

    assert settle(client, until=date(2026, 3, 31)) == 0
    assert settle(client, until=date(2026, 4, 1)) == 1
    assert settle(client, until=date(2026, 4, 1)) == 0


def test_a_late_call_takes_nothing_back_that_was_posted_for_later_days() -> None:
    client = ClientFactory.create()
    SubscriptionFactory.create(client=client, mrr_minor=10_000, from_on=TODAY)
    RelationshipFactory.create(client=client)
    settle(client, until=TODAY)

    assert settle(client, until=date(2026, 2, 28)) == 0


def test_a_day_the_clock_has_put_is_settled_whatever_the_caller_s_day() -> None:
    client = ClientFactory.create()
    SubscriptionFactory.create(client=client, mrr_minor=10_000, from_on=TODAY)
    partner = RelationshipFactory.create(client=client).partner
    PeriodRun.objects.create(job="portal.day", period=TODAY)

    settle(client, until=date(2026, 2, 28))

    assert stock(partner, TODAY) == MICRO


def test_a_correction_of_the_past_names_what_it_corrects() -> None:
    client = ClientFactory.create()
    partner = RelationshipFactory.create(client=client).partner
    subscription = SubscriptionFactory.create(client=client, mrr_minor=10_000)
    settle(client)

    Subscription.objects.filter(pk=subscription.pk).update(mrr_minor=25_000)
    settle(client)

    first, second = PointsEntry.objects.filter(partner=partner).order_by("seq")
    assert (second.points, second.corrects) == (1_500_000, first)
    assert second.reason == PointsEntry.Reason.CORRECTED
    assert second.effective_on == first.effective_on


def test_a_currency_off_the_scale_waits_for_an_edition_that_has_it() -> None:
    client = ClientFactory.create()
    SubscriptionFactory.create(client=client, mrr_minor=100_000, currency="NOK")
    partner = RelationshipFactory.create(client=client).partner
    settle(client)
    assert stock(partner, TODAY) == 0

    publish_edition(
        effective_on=date(2026, 2, 1), changes={"[points.units]": UNITS_WITH_NOK}
    )
    settle(client)

    assert stock(partner, date(2026, 1, 31)) == 0
    assert stock(partner, date(2026, 2, 1)) == MICRO


def test_only_clients_that_turn_on_the_day_are_settled() -> None:
    turning = SubscriptionFactory.create(
        mrr_minor=10_000, from_on=date(2026, 3, 1)
    ).client
    split = SubscriptionFactory.create(mrr_minor=10_000).client
    RelationshipFactory.create(client=split, from_on=date(2026, 3, 1))
    quiet = SubscriptionFactory.create(mrr_minor=10_000).client
    partners = [
        RelationshipFactory.create(client=client).partner
        for client in (turning, split, quiet)
    ]
    ids = [partner.pk for partner in partners]

    services.settle_turning(
        on=date(2026, 3, 1), at=AT, first_partner=min(ids), last_partner=max(ids)
    )

    assert [stock(partner, TODAY) for partner in partners] == [MICRO, MICRO // 2, 0]


def test_the_database_refuses_overlapping_subscriptions() -> None:
    row = SubscriptionFactory.create(from_on=date(2025, 1, 1), until_on=date(2025, 6, 1))
    same = {"client": row.client, "product_line": row.product_line}
    SubscriptionFactory.create(**same, from_on=date(2025, 6, 1))

    with pytest.raises(DatabaseError), transaction.atomic():
        SubscriptionFactory.create(
            **same, from_on=date(2025, 5, 31), until_on=date(2025, 6, 1)
        )
    with pytest.raises(DatabaseError), transaction.atomic():
        Subscription.objects.filter(pk=row.pk).update(until_on=None)

    assert Subscription.objects.count() == 2


def test_the_database_refuses_overlapping_services() -> None:
    row = RelationshipFactory.create(from_on=date(2025, 1, 1))

    with pytest.raises(DatabaseError), transaction.atomic():
        RelationshipFactory.create(
            partner=row.partner, client=row.client, from_on=date(2026, 1, 1)
        )

    assert Relationship.objects.count() == 1
