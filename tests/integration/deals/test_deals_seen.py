"""What a seller is led to: from the check, from home, from search, calendar, forecast."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from deals.models import Registration, RegistrationStep
from deals.notifications.life import tell_expiring
from deals.receipts import proof_fact
from partners.models import Notification, Partner, Role, User
from partners.notifications import words_of
from partners.selectors import published_editions
from partners.services.calendar_feeds import make_feed
from tests.factories import DealFactory, DealLineFactory, PartnerFactory, UserFactory
from tests.factories.registrations import RegistrationFactory
from tests.integration.pages import (
    NOON,
    PAGE_MARKS,
    TODAY,
    account_of,
    main_of,
    signed_in,
    words,
)
from tests.integration.portal.at_home import gold_partner, section

pytestmark = PAGE_MARKS


@pytest.fixture
def partner() -> Partner:
    return PartnerFactory.create(payout_currency="EUR")


@pytest.fixture
def seller(partner: Partner) -> User:
    return account_of(partner, role=Role.SALES)


@pytest.fixture
def visitor(seller: User) -> Client:
    return signed_in(seller)


# --- The check leads on ---------------------------------------------------------------


def test_what_was_checked_is_not_typed_again(visitor: Client) -> None:
    page = main_of(
        visitor.post("/deals/check/", {"asked": "www.acme.example", "country": "FR"})
    )

    (address,) = re.findall(r'href="(/deals/register/\?[^"]+)"', page)
    form = main_of(visitor.get(address.replace("&amp;", "&")))

    assert 'value="acme.example"' in form
    assert '<option value="FR" selected>' in form


def test_a_company_that_was_checked_is_named_on_the_form(visitor: Client) -> None:
    page = main_of(visitor.post("/deals/check/", {"asked": "Acme <b>", "country": "FR"}))

    (address,) = re.findall(r'href="(/deals/register/\?[^"]+)"', page)
    form = main_of(visitor.get(address.replace("&amp;", "&")))

    assert 'value="Acme &lt;b&gt;"' in form


def test_what_cannot_be_compared_leads_nowhere(visitor: Client) -> None:
    page = main_of(visitor.post("/deals/check/", {"asked": "me@gmail.com"}))

    assert "/deals/register/?" not in page


# --- An answer in words ---------------------------------------------------------------


def test_a_question_is_answered_in_words(visitor: Client, partner: Partner) -> None:
    asked = RegistrationFactory.create(partner=partner, asked=True)
    address = reverse("deals:registration_edit", args=[asked.public_id])

    assert "Your answer in words" in words(visitor.get(address))
    answer = visitor.post(
        address,
        {"act": "answer", "email": asked.email, "words": "It is the office in Leeds."},
    )

    assert answer.status_code == 302
    assert RegistrationStep.objects.get(event="answer").note == (
        "It is the office in Leeds."
    )
    assert "It is the office in Leeds." in words(visitor.get(answer["Location"]))


def test_an_answer_that_is_too_long_is_shown_again(
    visitor: Client, partner: Partner
) -> None:
    asked = RegistrationFactory.create(partner=partner, asked=True)

    answer = visitor.post(
        reverse("deals:registration_edit", args=[asked.public_id]),
        {"act": "answer", "email": asked.email, "words": "x" * 2_001},
    )

    assert answer.status_code == 422
    asked.refresh_from_db()
    assert asked.state == Registration.State.NEEDS_INFO


# --- The last day ---------------------------------------------------------------------


def test_the_day_that_is_said_is_the_last_one_that_holds(
    seller: User, visitor: Client, partner: Partner
) -> None:
    deal = DealFactory.create(partner=partner, valid_until=TODAY + timedelta(days=3))
    tell_expiring(deal, accounts=[seller.pk], days=3, left=3, at=NOON)

    page = words(visitor.get(f"/deals/{deal.public_id}/"))
    told = Notification.objects.get(kind="deals.expiring")

    assert "last valid day 25 November 2026" in page
    assert told.due_on == date(2026, 11, 25)
    assert "Its last day is 25 Nov 2026." in words_of(told).text


def test_the_calendar_has_the_last_day_of_a_registration(
    seller: User, partner: Partner
) -> None:
    deal = DealFactory.create(partner=partner, valid_until=date(2026, 12, 7))
    DealFactory.create(valid_until=date(2026, 12, 7))  # of somebody else
    DealFactory.create(partner=partner, valid_until=TODAY, stage="expired",
                       closed_on=TODAY)  # fmt: skip
    secret = make_feed(user=seller, partner=partner, at=NOON)

    feed = Client().get(f"/calendar/{secret}.ics").content.decode().replace("\r\n ", "")

    assert feed.count("UID:registration-") == 1
    assert f"UID:registration-{deal.public_id}" in feed
    assert "DTSTART;VALUE=DATE:20261206" in feed


# --- Home -----------------------------------------------------------------------------


def test_home_says_what_open_deals_wait_for() -> None:
    partner = gold_partner()
    visitor = signed_in(account_of(partner))
    soon = {"partner": partner, "expected_close_on": date(2026, 12, 10)}
    DealFactory.create(**soon, motion_state="proposed")
    DealFactory.create(**soon, poi_on=date(2026, 11, 1))
    DealFactory.create(partner=partner, expected_close_on=date(2027, 3, 1))
    DealFactory.create(motion_state="proposed")  # of somebody else
    RegistrationFactory.create(partner=partner)

    text = section(visitor.get("/?needs=all"), "needs")
    page = main_of(visitor.get("/?needs=all"))

    assert "1 deal is about to close without a proof of involvement" in text
    assert "by 10 Dec 2026 (in 17 days) for: Sales and Owner R45, 3.10" in text
    assert "1 deal has a motion to confirm" in text
    assert "1 registration is still a draft" in text
    for address in re.findall(r'href="(/deals/\?[^"]*missing[^"]*)"', page):
        assert "1–1 of 1" in words(visitor.get(address.replace("&amp;", "&")))


# --- Search ---------------------------------------------------------------------------


def test_registrations_are_found_by_company_and_number(
    visitor: Client, partner: Partner
) -> None:
    mine = RegistrationFactory.create(
        partner=partner, company="Zebra Ltd", in_review=True
    )
    other = RegistrationFactory.create(company="Zebra Foods", in_review=True)

    by_name, by_number = (
        main_of(visitor.get("/search/", {"q": text})) for text in ("zebra", mine.number)
    )

    for page in (by_name, by_number):
        assert reverse("deals:registration", args=[mine.public_id]) in page
        assert other.number not in page


def test_staff_find_registrations_in_the_back_office() -> None:
    row = RegistrationFactory.create(company="Zebra Ltd", in_review=True)
    manager = signed_in(UserFactory.create(programme_manager=True))

    page = main_of(manager.get("/search/", {"q": "zebra"}))

    assert reverse("admin:deals_registration_change", args=[row.pk]) in page
    answer = manager.get("/deals/registrations/")
    assert answer["Location"] == reverse("admin:deals_registration_changelist")


# --- Forecast and list ----------------------------------------------------------------


def test_the_months_of_the_forecast_lead_to_their_deals(
    visitor: Client, partner: Partner
) -> None:
    days = {"Late": date(2026, 11, 2), "Now": date(2026, 11, 28), "None": None}
    days |= {"Next": date(2026, 12, 31), "Beyond": date(2027, 1, 1)}
    for name, day in days.items():
        deal = DealFactory.create(partner=partner, name=name, expected_close_on=day)
        DealLineFactory.create(deal=deal)

    page = main_of(visitor.get("/deals/forecast/?motion=sourced"))
    addresses = dict.fromkeys(re.findall(r'href="(/deals/\?[^"]+stage[^"]*)"', page))
    found = [
        set(re.findall("|".join(days), main_of(visitor.get(each.replace("&amp;", "&")))))
        for each in addresses
    ]

    assert [len(each) for each in found] == [2, 1, 1, 1, 5]
    assert found[0] == {"Late", "Now"}
    assert all("motion=sourced" in each for each in addresses)


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ("motion", {"Proposed"}),
        ("proof", {"Proposed", "Unproven"}),
        ("day", {"Proposed"}),
    ],
)
def test_the_list_shows_what_lacks_something(
    visitor: Client, partner: Partner, missing: str, expected: set[str]
) -> None:
    DealFactory.create(partner=partner, name="Proposed", motion_state="proposed")
    DealFactory.create(partner=partner, name="Unproven", won=True, poi_on=None)
    DealFactory.create(partner=partner, name="Proven", won=True, poi_on=date(2026, 9, 1))

    page = main_of(visitor.get("/deals/", {"missing": missing}))

    assert {name for name in ("Proposed", "Unproven", "Proven") if name in page} == (
        expected
    )


def test_an_empty_board_says_why_and_what_to_do(
    visitor: Client, partner: Partner
) -> None:
    empty = main_of(visitor.get("/deals/board/"))
    reader = signed_in(account_of(partner, role=Role.READER))

    assert "No open deals." in empty
    assert "/deals/register/" in empty
    assert "/deals/register/" not in main_of(reader.get("/deals/board/"))
    assert "data-stage" in main_of(visitor.get("/deals/board/?motion=sourced"))


# --- The page of a deal and of a registration -----------------------------------------


def test_a_deal_leads_to_its_registration_and_its_receipt(
    visitor: Client, partner: Partner
) -> None:
    deal = DealFactory.create(partner=partner)
    row = RegistrationFactory.create(
        partner=partner,
        state=Registration.State.ACCEPTED,
        submitted_at=NOON,
        decided_at=NOON,
        deal=deal,
    )

    page = main_of(visitor.get(f"/deals/{deal.public_id}/"))

    for name in ("registration", "registration_receipt"):
        assert f'href="{reverse(f"deals:{name}", args=[row.public_id])}"' in page
    assert "accepted by the rule, at once" in words(
        visitor.get(reverse("deals:registration", args=[row.public_id]))
    )


def test_staff_go_from_the_shared_page_to_the_back_office(partner: Partner) -> None:
    deal = DealFactory.create(partner=partner)
    manager = signed_in(UserFactory.create(programme_manager=True))
    office = reverse("admin:deals_deal_change", args=[deal.pk])

    assert office in main_of(manager.get(f"/deals/{deal.public_id}/"))
    seller = signed_in(account_of(partner))
    assert office not in main_of(seller.get(f"/deals/{deal.public_id}/"))


def test_a_closed_deal_offers_only_what_is_of_use(
    visitor: Client, partner: Partner
) -> None:
    proven = DealFactory.create(
        partner=partner, won=True, closed_on=TODAY, poi_on=TODAY, motion_state="proposed"
    )

    page = words(visitor.get(f"/deals/{proven.public_id}/"))

    assert "locked at the close" in page
    assert "Ask the client by link" not in page
    assert "This help is for deals that are not closed yet." not in page


@pytest.mark.parametrize(
    ("poi_on", "said"),
    [
        (date(2026, 11, 19), "1 day before the close: in time"),
        (date(2026, 11, 18), "2 days before the close: in time"),
        (date(2026, 11, 21), "1 day after the close: in time"),
        (date(2026, 12, 20), "30 days after the close: too late"),
    ],
)
def test_days_are_counted_in_words(poi_on: date, said: str) -> None:
    rulebook = published_editions().on(TODAY).rulebook

    assert proof_fact(date(2026, 11, 20), poi_on, rulebook=rulebook).note == said


def test_deal_notifications_are_found_from_the_list(visitor: Client) -> None:
    page = main_of(visitor.get("/deals/"))

    assert 'href="/deals/signals/"' in page
    assert 'href="/deals/check/"' in page
