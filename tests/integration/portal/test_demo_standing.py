"""The demo data shows a company in good standing and one that is not."""

from datetime import UTC, date, datetime

import pytest

from partners.models import ConditionFinding, Escalation
from partners.receipts.conditions import conditions_on
from partners.selectors import rulebook_on
from portal.demo_standing import settle_demo_standings
from tests.factories import CertificationFactory, PartnerFactory

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

TODAY = date(2026, 3, 10)
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def test_one_company_has_a_past_and_one_a_present() -> None:
    aurora, meridian = (
        PartnerFactory.create(ref=ref) for ref in ("P-aurora", "P-meridian")
    )
    for partner in (aurora, meridian):
        CertificationFactory.create(person__partner=partner)

    settle_demo_standings(today=TODAY, at=NOON)
    settle_demo_standings(today=TODAY, at=NOON)

    states = conditions_on([aurora, meridian], on=TODAY, rulebook=rulebook_on(TODAY))
    red = {
        pk: [str(each.condition) for each in found if not each.met]
        for pk, found in states.items()
    }
    assert red == {aurora.pk: [], meridian.pk: ["paperwork", "relations"]}
    assert (Escalation.objects.count(), ConditionFinding.objects.count()) == (3, 1)


def test_data_of_somebody_else_is_left_alone() -> None:
    PartnerFactory.create(ref="P-aurora")

    settle_demo_standings(today=TODAY, at=NOON)

    assert not Escalation.objects.exists()
