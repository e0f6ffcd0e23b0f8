"""What the page of a deal asks of the database: no more for one with everything."""

from datetime import date
from typing import Any

import pytest

from deals.models import Deal
from partners.models import Partner, Role
from tests.factories import (
    CertificationFactory,
    DealFactory,
    DealLineFactory,
    PartnerFactory,
    PersonFactory,
    TierChangeFactory,
    TierOverrideFactory,
)
from tests.factories.registrations import RegistrationFactory
from tests.integration.pages import (
    PAGE_MARKS,
    TODAY,
    account_of,
    count_queries,
    main_of,
    signed_in,
)

pytestmark = PAGE_MARKS

MOST = 20

STAGES: dict[str, dict[str, Any]] = {
    "open": {"valid_until": date(2027, 1, 1), "active_on": TODAY},
    "won": {"won": True},
    "lost": {"lost": True},
}


@pytest.fixture
def partner() -> Partner:
    partner = PartnerFactory.create(with_pdm=True)
    CertificationFactory.create(person=PersonFactory.create(partner=partner))
    return partner


def deal_of(partner: Partner, stage: str) -> Deal:
    return DealFactory.create(partner=partner, **STAGES[stage])


def queries(deal: Deal, role: Role | None) -> int:
    """Return the queries of a look by somebody in a role; by the manager without one."""
    account = account_of(deal.partner, role=role) if role else deal.partner.pdm
    assert account
    visitor, page = signed_in(account), f"/deals/{deal.public_id}/"
    visitor.get(page)
    return count_queries(lambda: visitor.get(page))


@pytest.mark.parametrize("role", [Role.OWNER, Role.READER, None])
@pytest.mark.parametrize("stage", STAGES)
def test_a_deal_keeps_to_its_queries(
    partner: Partner, stage: str, role: Role | None
) -> None:
    plain, rich = deal_of(partner, stage), deal_of(partner, stage)
    RegistrationFactory.create(partner=partner, deal=rich, state="accepted")
    for product in ("sales_hub", "service_hub", "marketing_hub"):
        DealLineFactory.create(deal=rich, product_line=product)
    TierChangeFactory.create(partner=partner)
    TierOverrideFactory.create(partner=partner, approved=True)

    assert queries(plain, role) == queries(rich, role) <= MOST


def test_a_deal_leads_to_its_registration(partner: Partner) -> None:
    deal = deal_of(partner, "open")
    registration = RegistrationFactory.create(
        partner=partner, deal=deal, state="accepted"
    )
    visitor = signed_in(account_of(partner, role=Role.READER))

    page = main_of(visitor.get(f"/deals/{deal.public_id}/"))

    assert f'href="/deals/registrations/{registration.public_id}/"' in page
