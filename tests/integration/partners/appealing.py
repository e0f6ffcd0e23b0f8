"""A partner that may appeal, and the steps of an appeal as the tests take them."""

from __future__ import annotations

from datetime import UTC, date, datetime

from partners import services
from partners.models import Partner, Standing, TierAppeal, User
from partners.services.tiers import appeals
from partners.services.tiers.appeal_days import settle_appeals
from tests.factories import (
    CertificationFactory,
    PartnerFactory,
    PersonFactory,
    PointsEntryFactory,
    TierChangeFactory,
)

MICRO = 1_000_000
EVALUATION = date(2027, 1, 15)
FILED = date(2026, 12, 20)
ALL = {"first": 0, "last": 2**62}


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC)


def platinum_partner() -> Partner:
    """Return a Platinum partner whose points give Gold since August."""
    partner = PartnerFactory.create(with_pdm=True)
    TierChangeFactory.create(partner=partner, tier="platinum", on=date(2025, 1, 15))
    person = PersonFactory.create(partner=partner, with_account=True)
    CertificationFactory.create(person=person)
    for kind, points in (({}, 110), ({"assisted": True}, 200), ({"managed": True}, 40)):
        PointsEntryFactory.create(
            partner=partner, points=points * MICRO, effective_on=date(2026, 8, 1), **kind
        )
    services.open_standings(partner_ids=[partner.pk], on=FILED)
    services.show_credited_tiers(partner_ids=[partner.pk], on=FILED)
    return partner


def file(partner: Partner, on: date = FILED, text: str = "Look again.") -> TierAppeal:
    user = partner.people.get().user
    assert user
    return appeals.file_appeal(
        partner_id=partner.pk, text=text, actor=user, at=at(on), today=on
    )


def propose(appeal: TierAppeal, *, uphold: bool = True) -> TierAppeal:
    assert appeal.partner.pdm
    return appeals.propose_decision(
        appeal_id=appeal.pk,
        uphold=uphold,
        reason="I know them.",
        actor=appeal.partner.pdm,
        at=at(FILED),
    )


def decide(
    appeal: TierAppeal, manager: User, *, on: date, uphold: bool = True
) -> TierAppeal:
    propose(appeal, uphold=uphold)
    return appeals.decide_appeal(
        appeal_id=appeal.pk, uphold=uphold, reason="So be it.", actor=manager, at=at(on),
        today=on,
    )  # fmt: skip


def evaluate(on: date = EVALUATION) -> None:
    services.run_check_day(on=on, at=at(on))


def settle(on: date) -> int:
    return settle_appeals(on=on, at=at(on), **ALL)


def credited(partner: Partner) -> str:
    return Standing.objects.get(partner=partner).credited_tier
