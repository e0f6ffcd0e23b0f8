"""The demo data has a scenario that a partner shares, and one that it keeps to itself."""

from datetime import UTC, date, datetime

import pytest

from deals.models import Scenario
from partners.models import Notification, Partner
from portal.demo_what_if import share_demo_scenario
from tests.factories import DealFactory, DealLineFactory, PartnerFactory, PersonFactory
from tests.integration.pages import signed_in

TODAY = date(2026, 3, 10)
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.time_machine(NOON, tick=False),
    pytest.mark.one_database,
]


def make_company() -> Partner:
    partner: Partner = PartnerFactory.create(ref="P-aurora", with_pdm=True)
    PersonFactory.create(partner=partner, role="owner", with_account=True)
    for number in range(3):
        deal = DealFactory.create(
            partner=partner, name=f"Deal {number}", expected_close_on=date(2026, 4, 1)
        )
        DealLineFactory.create(deal=deal)
    return partner


def test_one_is_shared_and_told_once() -> None:
    partner = make_company()
    assert partner.pdm is not None

    for _again in range(2):
        share_demo_scenario(today=TODAY, at=NOON)

    shared = Scenario.objects.get(shared=True)
    assert Scenario.objects.filter(shared=False).count() == 1
    told = Notification.objects.get(kind="deals.scenario_shared")
    assert told.user == partner.pdm
    page = signed_in(partner.pdm).get(told.path).content.decode()
    assert shared.name in page
    assert "shares this scenario with you" in page
    assert "Deal 0" in page


def test_data_of_somebody_else_is_left_alone() -> None:
    PartnerFactory.create(ref="P-aurora")

    share_demo_scenario(today=TODAY, at=NOON)

    assert not Scenario.objects.exists()
