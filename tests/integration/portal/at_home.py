"""A partner that is well, and one block of its home page."""

import re
from datetime import date
from typing import Any

from partners.models import Partner
from portal.rehearsals import rehearse
from tests.factories import (
    CertificationFactory,
    ClientFactory,
    PartnerFactory,
    PersonFactory,
    PointsEntryFactory,
    RelationshipFactory,
    SubscriptionFactory,
    TierChangeFactory,
    stand,
)
from tests.integration.pages import MICRO, NOON, TODAY, main_of, words


def certify(partner: Partner, **fields: Any) -> None:
    CertificationFactory.create(person=PersonFactory.create(partner=partner), **fields)


def gold_partner() -> Partner:
    """Return a Gold partner that keeps its tier and is certified."""
    partner = PartnerFactory.create(with_pdm=True)
    certify(partner)
    TierChangeFactory.create(partner=partner)
    for points, trait in ((200, {}), (100, {"assisted": True}), (90, {"managed": True})):
        PointsEntryFactory.create(
            partner=partner,
            points=points * MICRO,
            effective_on=date(2026, 9, 1),
            **trait,
        )
    stand(partner, on=TODAY)
    rehearse(on=TODAY, at=NOON)
    return partner


def subscription(partner: Partner, renews_on: date, **fields: Any) -> None:
    client = ClientFactory.create(name=fields.pop("client_name", "Durand SA"))
    RelationshipFactory.create(partner=partner, client=client)
    SubscriptionFactory.create(client=client, renews_on=renews_on, **fields)


def section(response: Any, heading: str) -> str:
    """Return the words of one block."""
    found = re.search(
        rf'<section[^>]*aria-labelledby="{heading}".*?</section>',
        main_of(response),
        re.DOTALL,
    )
    assert found is not None, heading
    block = found[0].encode()

    class _Part:
        content = block

    return words(_Part())
