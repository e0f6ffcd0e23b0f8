"""What home knows of a company before it counts: one query, on both databases."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from partners.models import Partner
from partners.services.seeing import viewer_of
from portal.home.state import Granted, read_state
from portal.models import Visit
from program.rulebook import Tier
from tests.factories import PartnerFactory, TierOverrideFactory, UserFactory, stand
from tests.integration.pages import TODAY, account_of, count_queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def partner() -> Partner:
    partner = PartnerFactory.create()
    stand(partner, on=TODAY)
    return partner


def test_a_company_with_everything(partner: Partner) -> None:
    user = account_of(partner)
    override = TierOverrideFactory.create(partner=partner, approved=True)
    Visit.objects.create(user=user, last_on=TODAY, previous_on=TODAY - timedelta(days=3))
    read_state(user, today=TODAY)

    state = read_state(user, today=TODAY)

    assert state.standing == partner.standing
    assert state.granted == Granted(
        tier=Tier.DIAMOND,
        until_on=date(2027, 2, 1),
        url=f"/receipts/overrides/{override.public_id}/",
    )
    assert (state.last_visit_on, state.previous_visit_on) == (
        TODAY,
        TODAY - timedelta(days=3),
    )
    assert count_queries(lambda: read_state(user, today=TODAY)) == 1


def test_each_company_person_and_day_has_its_own(partner: Partner) -> None:
    TierOverrideFactory.create(partner=partner, approved=True)
    other = PartnerFactory.create()
    user, colleague, stranger = (
        account_of(company) for company in (partner, partner, other)
    )
    Visit.objects.create(user=user, last_on=TODAY)

    assert read_state(user, today=TODAY).granted
    after = read_state(colleague, today=date(2027, 2, 1))
    assert (after.granted, after.last_visit_on) == (None, None)
    foreign = read_state(stranger, today=TODAY)
    assert (foreign.standing, foreign.granted, foreign.last_visit_on) == (None,) * 3


def test_who_looks_as_a_partner_was_never_here(partner: Partner) -> None:
    Visit.objects.create(user=account_of(partner), last_on=TODAY)
    viewer = viewer_of(partner, actor=UserFactory.create(programme_manager=True))

    state = read_state(viewer, today=TODAY)

    assert state.standing == partner.standing
    assert state.last_visit_on is None
