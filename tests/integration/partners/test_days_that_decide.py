"""Days on which something begins or ends to hold: an invitation, a certification."""

from datetime import UTC, date, datetime

import pytest

from partners import services, standing_sql
from partners.models import Certification, Partner, Standing
from partners.selectors import edition_on
from tests.factories import CertificationFactory, PartnerFactory, PointsEntryFactory

pytestmark = pytest.mark.django_db

CHECK_DAY = date(2025, 9, 15)
AT = datetime(2025, 9, 15, 6, tzinfo=UTC)
ELITE, GOLD = 0, -1  # the rows of the thresholds, highest first


def partner_with_minima_of(row: int, **values: object) -> Partner:
    """Return a partner with the points of a tier since the first of September."""
    partner = PartnerFactory.create(**values)
    services.open_standings(partner_ids=[partner.pk], on=date(2025, 9, 1))
    threshold = edition_on(CHECK_DAY).rulebook.table.rows[row]
    for points, traits in (
        (threshold.total - threshold.managed_minimum, {}),
        (threshold.managed_minimum, {"managed": True}),
    ):
        PointsEntryFactory.create(
            partner=partner, points=points, effective_on=date(2025, 9, 1), **traits
        )
    return partner


@pytest.mark.parametrize(
    ("invited_on", "tier"),
    [
        pytest.param(date(2025, 9, 14), "elite", id="the day before"),
        pytest.param(CHECK_DAY, "elite", id="that day"),
        pytest.param(date(2025, 9, 16), "diamond", id="the day after"),
        pytest.param(None, "diamond", id="never"),
    ],
)
def test_an_invitation_to_elite_holds_from_its_day(
    invited_on: date | None, tier: str
) -> None:
    partner = partner_with_minima_of(ELITE, elite_invited_on=invited_on)

    services.refresh_standings(on=CHECK_DAY)
    (read,) = standing_sql.read(on=CHECK_DAY, edition=edition_on(CHECK_DAY))

    assert Standing.objects.get(partner=partner).performing_tier == tier
    assert read.performing_tier == tier


def check(partner: Partner) -> tuple[bool, list[str]]:
    """Run the check day; return whether the partner is certified, and what it earned."""
    services.run_check_day(on=CHECK_DAY, at=AT)
    tiers = partner.tier_changes.values_list("tier", flat=True)
    return partner.snapshots.get(on=CHECK_DAY).certified, list(tiers)


@pytest.mark.parametrize(
    ("expires_on", "valid"),
    [
        pytest.param(date(2025, 9, 14), False, id="ended the day before"),
        pytest.param(CHECK_DAY, False, id="ends that day: no longer valid"),
        pytest.param(date(2025, 9, 16), True, id="that is its last day"),
        pytest.param(None, True, id="does not end"),
    ],
)
def test_a_certification_is_not_valid_on_the_day_it_expires(
    expires_on: date | None, valid: bool
) -> None:
    partner = partner_with_minima_of(GOLD)
    CertificationFactory.create(person__partner=partner, expires_on=expires_on)

    assert check(partner) == (valid, ["gold"] if valid else [])


@pytest.mark.parametrize(
    ("earned_on", "valid"),
    [
        pytest.param(CHECK_DAY, True, id="that day"),
        pytest.param(date(2025, 9, 16), False, id="the day after"),
    ],
)
def test_a_certification_is_valid_on_the_day_it_was_earned(
    earned_on: date, valid: bool
) -> None:
    partner = partner_with_minima_of(GOLD)
    CertificationFactory.create(person__partner=partner, earned_on=earned_on)

    assert check(partner) == (valid, ["gold"] if valid else [])
    assert Certification.objects.count() == 1
