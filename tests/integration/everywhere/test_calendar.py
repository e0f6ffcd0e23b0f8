"""The private calendar: what it holds, who reads it, and when it ends."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client
from icalendar import Calendar

from partners.models import AuditEntry, CalendarFeed, Certification, Partner, User
from partners.services.calendar_feeds import make_feed
from partners.services.notifications import notify
from partners.services.people import leave_company
from tests.factories import (
    CertificationFactory,
    PartnerFactory,
    PersonFactory,
    PointsEntryFactory,
    RelationshipFactory,
    SubscriptionFactory,
)
from tests.integration.pages import (
    MICRO,
    NOON,
    PAGE_MARKS,
    TODAY,
    account_of,
    browser_of,
    count_queries,
    main_of,
    signed_in,
    words,
)

pytestmark = PAGE_MARKS


@pytest.fixture
def partner() -> Partner:
    return PartnerFactory.create()


@pytest.fixture
def user(partner: Partner) -> User:
    return account_of(partner)


@pytest.fixture
def address(user: User, partner: Partner) -> str:
    return f"/calendar/{make_feed(user=user, partner=partner, at=NOON)}.ics"


def events(address: str) -> dict[str, Any]:
    """Return name → event of a feed read by a program that has not signed in."""
    answer = Client().get(address)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    calendar: Any = Calendar.from_ical(answer.content)
    return {str(event["uid"]): event for event in calendar.walk("VEVENT")}


def only(found: dict[str, Any], kind: str) -> Any:
    (event,) = [event for uid, event in found.items() if uid.startswith(kind)]
    return event


# --- What it holds --------------------------------------------------------------------


def test_is_a_calendar_of_whole_days(address: str) -> None:
    answer = Client().get(address)

    calendar: Any = Calendar.from_ical(answer.content)
    assert calendar["version"] == "2.0"
    assert calendar["prodid"]
    assert not calendar.walk("VTIMEZONE")
    assert answer.content.startswith(b"BEGIN:VCALENDAR\r\n")
    assert max(map(len, answer.content.split(b"\r\n"))) <= 75
    for event in calendar.walk("VEVENT"):
        assert event["dtstart"].params["VALUE"] == "DATE"
        assert event["dtend"].dt - event["dtstart"].dt == timedelta(days=1)
        assert event["dtstamp"].dt == NOON


def test_holds_the_checks_and_evaluations_of_a_year(address: str) -> None:
    checks = {uid: event for uid, event in events(address).items() if "check-" in uid}

    assert len(checks) == 12
    evaluations = [
        event["dtstart"].dt
        for event in checks.values()
        if str(event["summary"]).startswith("Evaluation")
    ]
    assert evaluations == [date(2027, 1, 15), date(2027, 7, 15)]


def test_holds_the_points_that_expire_a_day_at_once(
    address: str, partner: Partner
) -> None:
    for points in (30 * MICRO, 12 * MICRO):
        PointsEntryFactory.create(
            partner=partner, points=points, effective_on=date(2026, 1, 10)
        )
    PointsEntryFactory.create(effective_on=date(2026, 1, 11))

    event = only(events(address), "points-")

    assert event["dtstart"].dt == date(2027, 1, 10)
    assert str(event["summary"]) == "42.00 points expire"


def test_points_that_were_taken_back_do_not_expire(
    address: str, partner: Partner
) -> None:
    for points in (MICRO, -MICRO):
        PointsEntryFactory.create(partner=partner, points=points)

    assert not [uid for uid in events(address) if uid.startswith("points-")]


def test_holds_certifications_without_the_names_of_people(
    address: str, partner: Partner
) -> None:
    person = PersonFactory.create(partner=partner, last_name="Lovelace")
    held = CertificationFactory.create(
        person=person, name="Solutions Partner", expires_on=date(2027, 2, 1)
    )
    left = PersonFactory.create(partner=partner, left=True)
    CertificationFactory.create(person=left, expires_on=date(2027, 2, 1))
    CertificationFactory.create(expires_on=date(2027, 2, 1))

    event = only(events(address), "certification-")

    assert str(event["uid"]).startswith(f"certification-{held.pk}@")
    assert str(event["summary"]) == "Certification expires: Solutions Partner"
    assert b"Lovelace" not in Client().get(address).content


def test_holds_the_renewals_of_clients_served_today(
    address: str, partner: Partner
) -> None:
    mine = RelationshipFactory.create(partner=partner, client__name="Acme, Inc; x")
    for line in ("sales_hub", "marketing_hub"):
        SubscriptionFactory.create(
            client=mine.client, renews_on=date(2027, 3, 1), product_line=line
        )
    former = RelationshipFactory.create(
        partner=partner, from_on=date(2025, 1, 1), until_on=TODAY
    )
    SubscriptionFactory.create(client=former.client, renews_on=date(2027, 3, 1))
    SubscriptionFactory.create(renews_on=date(2027, 3, 1))

    event = only(events(address), "renewal-")

    assert str(event["summary"]) == "Renewal: Acme, Inc; x"


def test_holds_the_persons_own_open_deadlines(
    address: str, user: User, partner: Partner
) -> None:
    colleague = account_of(partner)
    for key, whose in (("a", user), ("b", colleague)):
        with transaction.atomic():
            notify(
                "partners.join_asked",
                key=key,
                user_ids=[whose.pk],
                at=NOON,
                partner_id=partner.pk,
                facts={"name": key, "email": "x@example.com"},
                path="/company/people/",
                due_on=date(2026, 12, 1),
            )

    event = only(events(address), "deadline-")

    assert str(event["summary"]) == "Deadline: a asks to join your company"
    assert str(event["url"]) == "http://testserver/company/people/"


def test_names_stay_the_same(address: str, partner: Partner, time_machine: Any) -> None:
    PointsEntryFactory.create(partner=partner)
    before = set(events(address))

    time_machine.move_to(NOON + timedelta(hours=5))

    assert set(events(address)) == before


def test_speaks_the_persons_language(partner: Partner) -> None:
    user = account_of(partner, language="fr")
    secret = make_feed(user=user, partner=partner, at=NOON)
    PointsEntryFactory.create(partner=partner, points=1_500_000)

    assert "1,50" in str(only(events(f"/calendar/{secret}.ics"), "points-")["summary"])


def test_needs_the_same_queries_whatever_it_holds(address: str, partner: Partner) -> None:
    Client().get(address)
    few = count_queries(lambda: Client().get(address))
    for number in range(20):
        PointsEntryFactory.create(
            partner=partner, effective_on=date(2026, 1, 10) + timedelta(days=number)
        )
        served = RelationshipFactory.create(partner=partner)
        SubscriptionFactory.create(client=served.client, renews_on=date(2027, 3, 1))

    assert count_queries(lambda: Client().get(address)) == few


# --- Who reads it, and until when -----------------------------------------------------


def status(address: str) -> int:
    return Client().get(address).status_code


def test_dies_the_moment_the_person_leaves(address: str, user: User) -> None:
    assert status(address) == 200

    user.people.update(left_on=TODAY)

    assert status(address) == 404


def test_dies_with_the_account(address: str, user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)

    assert status(address) == 404


def test_does_not_come_back_with_the_person(address: str, user: User) -> None:
    person = user.people.get()
    leave_company(person_id=person.pk, on=TODAY, today=TODAY, actor=None, at=NOON)

    user.people.update(left_on=None)

    assert status(address) == 404


def test_does_not_follow_to_another_company(address: str, user: User) -> None:
    user.people.update(left_on=TODAY)
    PersonFactory.create(user=user, partner=PartnerFactory.create())

    assert status(address) == 404


def test_dies_when_it_is_revoked_or_made_anew(address: str, user: User) -> None:
    browser = signed_in(user)

    page = main_of(browser.post("/settings/calendar/make/"))
    second = page.partition('value="http://testserver')[2].partition('"')[0]

    assert (status(address), status(second)) == (404, 200)

    browser.post("/settings/calendar/revoke/")
    assert status(second) == 404
    assert set(AuditEntry.objects.values_list("action", flat=True)) >= {
        "partners.calendar_feed_made",
        "partners.calendar_feed_revoked",
    }


def test_the_secret_is_long_and_not_kept(user: User, partner: Partner) -> None:
    secret = make_feed(user=user, partner=partner, at=NOON)

    feed = CalendarFeed.objects.get()
    assert len(secret) == 43  # 256 bits
    assert secret not in str(vars(feed))


def test_the_address_is_shown_once(user: User) -> None:
    browser = signed_in(user)

    assert "/calendar/" in main_of(browser.post("/settings/calendar/make/"))

    page = main_of(browser.get("/settings/calendar/"))
    assert "testserver/calendar/" not in page
    assert "cannot be shown again" in words(browser.get("/settings/calendar/"))


def test_the_page_shows_the_next_days(user: User, partner: Partner) -> None:
    PointsEntryFactory.create(partner=partner)

    page = words(signed_in(user).get("/settings/calendar/"))

    assert "Monthly check" in page
    assert "50.00 points expire" in page


@pytest.mark.parametrize("secret", ["x", "%00", "a" * 500, "..%2F..%2Fetc", "MQ==", "é"])
def test_a_hostile_secret_finds_nothing(secret: str) -> None:
    assert status(f"/calendar/{secret}.ics") == 404


def test_takes_no_parameters_and_no_post(address: str) -> None:
    assert status(f"{address}?a=1") == 400
    assert Client().post(address).status_code == 405
    assert Client().head(address).status_code == 200


def test_is_kept_by_no_cache_and_named_to_nobody(address: str) -> None:
    answer = Client().get(address)

    assert "no-store" in answer["Cache-Control"]
    assert answer["Referrer-Policy"] == "no-referrer"


def test_guessing_is_limited(address: str, settings: Any) -> None:
    settings.RATE_LIMITS = {"calendar": "2/m/ip"}
    cache.clear()

    assert [status("/calendar/x.ics") for _time in range(3)] == [404, 404, 429]


def test_one_open_feed_a_person(user: User, partner: Partner, address: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        CalendarFeed.objects.create(
            user=user, partner=partner, fingerprint="x", created_at=NOON
        )


def test_another_person_ends_only_the_own(address: str, partner: Partner) -> None:
    browser_of(partner).post("/settings/calendar/revoke/")

    assert status(address) == 200


def test_expired_certifications_are_no_days(address: str, partner: Partner) -> None:
    person = PersonFactory.create(partner=partner)
    CertificationFactory.create(person=person, expired=True)
    CertificationFactory.create(person=person)

    assert Certification.objects.count() == 2
    assert not [uid for uid in events(address) if uid.startswith("certification-")]
