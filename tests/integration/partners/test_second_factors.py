"""Everybody of a company signs in with two factors, or a condition is red (R10, 3.22)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from partners.models import (
    AuditEntry,
    FactorGap,
    Notification,
    Partner,
    Person,
    Role,
    Snapshot,
    UpgradeHeld,
)
from partners.receipts.conditions import conditions_on
from partners.selectors import rulebook_on
from partners.services import open_standings, standing
from portal import schedule
from program.rulebook import Rulebook, parse_rulebook, shipped_documents
from program.standing import Condition, Reason
from tests.factories import (
    CertificationFactory,
    PartnerFactory,
    PersonFactory,
    PointsEntryFactory,
)

pytestmark = pytest.mark.django_db

DAY = date(2026, 3, 14)
NEXT = date(2026, 3, 15)
ALL = 2**62
KEY = "second_factor_required"


@pytest.fixture(autouse=True)
def factors_are_asked_for(settings: Any) -> None:
    settings.STAFF_MFA_REQUIRED = True


@pytest.fixture
def partner() -> Partner:
    """Return a company whose owner and one other may sign in."""
    partner = PartnerFactory.create(name="Acme", with_pdm=True)
    for role, last_name in ((Role.OWNER, "Owner"), (Role.SALES, "Seller")):
        PersonFactory.create(
            partner=partner, role=role, last_name=last_name, with_account=True
        )
    return partner


def without_key() -> Rulebook:
    document = shipped_documents()[-1]
    lines = [line for line in document.splitlines() if not line.startswith(KEY)]
    return parse_rulebook("\n".join(lines) + "\n")


def look(day: date, rulebook: Rulebook | None = None) -> None:
    """Look at the accounts as the clock does at night."""
    standing.follow_second_factors(
        today=day, at=noon(day), rulebook=rulebook or rulebook_on(day), first=0, last=ALL
    )


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def enrol(person: Person, kind: str = "totp") -> None:
    assert person.user is not None
    Authenticator.objects.create(user=person.user, type=kind, data={})


def security(partner: Partner, day: date, rulebook: Rulebook | None = None) -> Reason:
    (states,) = conditions_on(
        [partner], on=day, rulebook=rulebook or rulebook_on(day)
    ).values()
    return next(each.reason for each in states if each.condition is Condition.SECURITY)


def test_one_account_without_a_second_factor_is_enough(partner: Partner) -> None:
    owner, seller = partner.people.order_by("pk")
    enrol(owner)
    enrol(seller, "recovery_codes")

    look(DAY)
    look(DAY)

    gap = FactorGap.objects.get()
    assert (gap.partner, gap.from_on, gap.until_on, gap.people) == (partner, DAY, None, 1)
    assert security(partner, DAY) is Reason.ONE_FACTOR
    assert security(partner, DAY - timedelta(days=1)) is Reason.MET
    told = Notification.objects.filter(kind="partners.one_factor")
    assert {each.user_id for each in told} == {owner.user_id, partner.pdm_id}
    acts = AuditEntry.objects.values_list("action", flat=True)
    assert list(acts).count("partners.factor_gap_opened") == 1


@pytest.mark.parametrize("kind", ["totp", "webauthn"])
def test_what_was_red_on_a_day_stays_red_on_that_day(partner: Partner, kind: str) -> None:
    look(DAY)
    for person in partner.people.all():
        enrol(person, kind)
    assert security(partner, DAY) is Reason.ONE_FACTOR

    look(NEXT)

    assert security(partner, DAY) is Reason.ONE_FACTOR
    assert security(partner, NEXT) is Reason.MET
    assert FactorGap.objects.get().until_on == NEXT
    assert not Notification.objects.filter(
        kind="partners.one_factor", done_at=None
    ).exists()


def test_who_left_or_cannot_sign_in_does_not_count(partner: Partner) -> None:
    owner, seller = partner.people.order_by("pk")
    Person.objects.filter(pk=owner.pk).update(left_on=DAY)
    assert seller.user is not None
    seller.user.is_active = False
    seller.user.save()
    PersonFactory.create(partner=partner)

    look(DAY)

    assert not FactorGap.objects.exists()


def test_an_edition_without_the_key_asks_for_nothing(partner: Partner) -> None:
    assert without_key().escalation.second_factor_required is False
    look(DAY, without_key())
    assert not FactorGap.objects.exists()

    look(DAY)
    assert security(partner, DAY, without_key()) is Reason.MET
    look(NEXT, without_key())
    assert FactorGap.objects.get().until_on == NEXT


def test_a_portal_that_asks_nobody_for_two_factors_notes_nothing(
    partner: Partner, settings: Any
) -> None:
    settings.STAFF_MFA_REQUIRED = False
    look(DAY)
    assert not FactorGap.objects.exists()


def test_a_tier_is_not_credited_on_a_day_with_a_gap() -> None:
    partner = PartnerFactory.create(joined_on=date(2025, 6, 1))
    person = PersonFactory.create(partner=partner, with_account=True)
    CertificationFactory.create(person=person, earned_on=date(2026, 1, 1))
    for kind, expires_on in (("sourced", date(2027, 2, 1)), ("managed", None)):
        PointsEntryFactory.create(
            partner=partner,
            kind=kind,
            points=400_000_000,
            effective_on=date(2026, 2, 1),
            expires_on=expires_on,
            source_ref=f"X/{kind}",
        )
    open_standings(partner_ids=[partner.pk], on=date(2026, 1, 1))

    schedule.run_day(day=NEXT, today=NEXT, at=noon(NEXT), first=0, last=ALL)

    held = UpgradeHeld.objects.get()
    assert (held.partner, held.conditions) == (partner, ["security"])
    assert Snapshot.objects.get(partner=partner).performing_tier == "gold"


def test_a_day_made_up_for_notes_nothing(partner: Partner) -> None:
    schedule.run_day(day=DAY, today=NEXT, at=noon(NEXT), first=0, last=ALL)
    assert not FactorGap.objects.exists()


def test_queries_do_not_grow_with_companies() -> None:
    def counted() -> int:
        with CaptureQueriesContext(connection) as queries:
            look(DAY)
        return len(queries)

    PersonFactory.create(with_account=True)
    look(DAY)
    few = counted()
    for _number in range(5):
        PersonFactory.create(with_account=True)
    look(DAY)
    assert counted() == few


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outbox.clock.now", lambda: noon(DAY))


def page_of(person: Person) -> str:
    client = Client()
    assert person.user is not None
    client.force_login(person.user)
    return client.get(reverse("partners:standing")).content.decode()


@pytest.mark.usefixtures("now")
def test_the_owner_reads_who_lacks_it_and_others_how_many(partner: Partner) -> None:
    owner, seller = partner.people.order_by("pk")
    other = PersonFactory.create(last_name="Stranger", with_account=True)
    enrol(owner)
    look(DAY)

    own = page_of(owner)
    assert "Somebody here signs in without a second factor." in own
    assert "Without a second factor today: 1 person." in own
    assert f"<li>{seller}</li>" in own
    assert str(other) not in own
    assert "R10, 3.22" in own
    assert f"<li>{seller}</li>" not in page_of(seller)


@pytest.mark.usefixtures("now")
def test_a_portal_that_does_not_look_says_so(partner: Partner, settings: Any) -> None:
    settings.STAFF_MFA_REQUIRED = False
    text = page_of(partner.people.order_by("pk")[0])
    assert "This portal does not look at second factors." in text


@pytest.mark.usefixtures("now")
def test_what_tonight_will_find_is_said_before_and_after(partner: Partner) -> None:
    owner, seller = partner.people.order_by("pk")
    enrol(owner)
    assert "the condition is not met from tonight" in page_of(owner)

    look(DAY)
    enrol(seller)

    assert "Everybody has a second factor now" in page_of(owner)
