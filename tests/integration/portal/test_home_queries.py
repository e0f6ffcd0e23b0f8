"""What home asks of the database: few queries, the same for everybody."""

from datetime import date

import pytest

from partners import selectors
from partners.models import Partner, User
from portal.rehearsals import rehearse
from tests.factories import (
    DealFactory,
    DealLineFactory,
    NotificationFactory,
    PartnerFactory,
    PointsEntryFactory,
    RelationshipFactory,
    SubscriptionFactory,
    TierChangeFactory,
    TierOverrideFactory,
    stand,
)
from tests.factories.rulebook import publish_edition
from tests.integration.pages import (
    NOON,
    PAGE_MARKS,
    TODAY,
    account_of,
    browser_of,
    count_queries,
    signed_in,
    words,
)
from tests.integration.portal.at_home import certify

pytestmark = PAGE_MARKS


@pytest.mark.parametrize("entries", [3, 300])
def test_needs_seven_queries_at_most_whatever_the_size(entries: int) -> None:
    partner = PartnerFactory.create(with_pdm=True)
    PointsEntryFactory.create_batch(
        entries, partner=partner, effective_on=date(2026, 11, 10)
    )
    PointsEntryFactory.create_batch(
        entries, partner=partner, effective_on=date(2026, 11, 11), managed=True
    )
    stand(partner, on=TODAY)

    assert _queries_of_home(partner) <= 7


def test_needs_no_more_queries_for_a_partner_with_everything() -> None:
    plain, rich = PartnerFactory.create_batch(2, with_pdm=True)
    for partner in (plain, rich):
        PointsEntryFactory.create(partner=partner, effective_on=TODAY)
    line = DealLineFactory.create(deal__partner=rich, deal__won=True)
    relationship = RelationshipFactory.create(partner=rich)
    SubscriptionFactory.create(client=relationship.client, renews_on=date(2026, 12, 20))
    DealFactory.create(partner=rich, expected_close_on=TODAY)
    certify(rich)
    TierChangeFactory.create(partner=rich)
    TierOverrideFactory.create(partner=rich, approved=True)
    for source in (
        {"source_id": line.pk},
        {"source_id": relationship.pk, "managed": True},
    ):
        PointsEntryFactory.create(partner=rich, effective_on=TODAY, **source)
    for partner in (plain, rich):
        stand(partner, on=TODAY)
    rehearse(on=TODAY, at=NOON)
    visitor = account_of(rich)
    NotificationFactory.create_batch(3, user=visitor, partner=rich, act=True)

    of_the_rich = _queries_of_home(rich, visitor)

    page = words(signed_in(visitor).get("/"))
    assert "The programme grants you Diamond until the day before 1 February 2027" in page
    assert line.deal.name in page
    assert relationship.client.name in page
    assert of_the_rich == _queries_of_home(plain) <= 7


def _queries_of_home(partner: Partner, account: User | None = None) -> int:
    """Return the queries of a second look: the first counts deals and renewals."""
    visitor = signed_in(account or account_of(partner))
    visitor.get("/")
    return count_queries(lambda: visitor.get("/"))


def test_a_process_that_parsed_nothing_yet_needs_one_query_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    partner = PartnerFactory.create(with_pdm=True)
    stand(partner, on=TODAY)
    for month in (1, 2, 3):
        publish_edition(effective_on=date(2026, month, 1), changes={})
    visitor = browser_of(partner)
    visitor.get("/")
    as_ever = count_queries(lambda: visitor.get("/"))
    monkeypatch.setattr(selectors, "_PARSED", {})

    queries = count_queries(lambda: visitor.get("/"))

    assert queries == as_ever + 1
