"""A Gold partner before its evaluation, deals it may win, and how to read the page."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from deals.models import Deal
from partners.models import Partner
from tests.factories import (
    DealFactory,
    DealLineFactory,
    PartnerFactory,
    PointsEntryFactory,
    TierChangeFactory,
)
from tests.integration.pages import MICRO, main_of
from tests.integration.portal.at_home import certify

ADDRESS = "/deals/what-if/"
RESULT = {"HX-Request": "true", "HX-Target": "what-if-result"}


def gold_on_the_way() -> Partner:
    """Return a Gold partner that lacks 125 sourced points and 175 in all of Platinum."""
    partner = PartnerFactory.create(with_pdm=True)
    certify(partner)
    TierChangeFactory.create(partner=partner)
    for points, trait in ((200, {}), (400, {"assisted": True}), (150, {"managed": True})):
        PointsEntryFactory.create(
            partner=partner,
            points=points * MICRO,
            effective_on=date(2026, 9, 1),
            **trait,
        )
    return partner


def deal(
    partner: Partner, name: str, points: int, expected: date | None, **fields: Any
) -> Deal:
    """Register a deal that is worth so many points outside the growth markets."""
    made = DealFactory.create(
        partner=partner, name=name, expected_close_on=expected, **fields
    )
    per_thousand = 50 if made.motion == Deal.Motion.SOURCED else 30
    minor = points * 100_000 // per_thousand
    DealLineFactory.create(deal=made, mrr_minor=minor)
    return made


def four_deals(partner: Partner) -> dict[str, Deal]:
    """Return the four deals of the rulebook’s example, D with a point more (L20)."""
    assisted = {"motion": Deal.Motion.ASSISTED}
    return {
        "A": deal(partner, "Deal A", 180, date(2026, 12, 1)),
        "B": deal(partner, "Deal B", 130, date(2026, 12, 10)),
        "C": deal(partner, "Deal C", 60, date(2026, 12, 20), **assisted),
        "D": deal(partner, "Deal D", 51, date(2026, 12, 5), **assisted),
    }


def key(deal: Deal) -> str:
    return deal.public_id.hex[:8]


def ways(response: Any) -> list[list[str]]:
    """Return the deals of each way."""
    listed = re.search(r'<ol class="what-if-ways">.*?</ol>', main_of(response), re.DOTALL)
    if listed is None:
        return []
    return [re.findall(r"Deal \w(?=</a>)", one) for one in listed[0].split("<li>")[1:]]
