"""The summary of a month: it adds up, it comes when nothing moved, and it comes once."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core import mail
from django.test import override_settings

from outbox import services as outbox
from outbox.models import Job
from partners.models import NotificationPreference, Partner, Role, User
from partners.notifications import words_of
from portal.summaries import queue_summaries, tell_summaries
from tests.factories import (
    PartnerFactory,
    PersonFactory,
    PointsEntryFactory,
    TierChangeFactory,
)
from tests.integration.pages import account_of, signed_in

pytestmark = pytest.mark.django_db

FIRST = date(2026, 4, 1)
AT = datetime(2026, 4, 1, 3, tzinfo=UTC)
MICRO = 1_000_000


def summarise(*partners: Partner) -> None:
    tell_summaries(day=FIRST, partner_ids=[each.pk for each in partners], at=AT)


def facts_of(user: User) -> dict[str, Any]:
    return dict(user.notifications.get(kind="portal.monthly_summary").facts)


@pytest.fixture
def partner() -> Partner:
    partner = PartnerFactory.create(name="Aurora")
    TierChangeFactory.create(partner=partner, tier="gold", on=date(2026, 1, 15))
    return partner


def entry(partner: Partner, points: int, begins: date, ends: date | None) -> None:
    more = {} if ends else {"managed": True}
    PointsEntryFactory.create(
        partner=partner,
        points=points * MICRO,
        effective_on=begins,
        **({"expires_on": ends} if ends else more),
    )


def test_opening_and_movements_are_the_closing(partner: Partner) -> None:
    owner = account_of(partner)
    entry(partner, 100, date(2026, 2, 28), date(2027, 2, 28))  # before, and after
    entry(partner, 40, date(2025, 3, 31), date(2026, 3, 31))  # expires on the last day
    entry(partner, 7, date(2026, 3, 1), date(2027, 3, 1))  # from the first day
    entry(partner, 11, date(2026, 3, 31), None)
    entry(partner, -30, date(2026, 3, 10), date(2027, 2, 28))
    entry(partner, 3, date(2026, 3, 5), date(2026, 3, 6))  # comes and goes
    entry(partner, 500, date(2026, 4, 1), date(2027, 4, 1))  # next month's
    entry(partner, 600, date(2025, 2, 1), date(2026, 2, 1))  # gone before

    summarise(partner)

    facts = facts_of(owner)
    movements = [
        facts[name] // MICRO
        for name in ("opening", "added", "taken_back", "expired", "closing")
    ]
    assert movements == [140, 21, -30, -43, 88]
    assert sum(movements[:4]) == movements[4]


def test_it_says_tier_evaluation_and_what_expires(partner: Partner) -> None:
    owner = account_of(partner)
    entry(partner, 9, date(2025, 4, 20), date(2026, 4, 20))

    summarise(partner)

    words = words_of(owner.notifications.get())
    assert words.title == "Aurora: your points in March 2026"
    assert "9.00 points expire within 30 days" in words.text
    rows = {row.label: row.value for row in words.rows}
    assert (rows["Tier"], rows["Next evaluation"]) == ("Gold", "15 July 2026")
    assert rows["Points on 28 February 2026"] == "9.00"


def test_when_nothing_moved_it_says_so(partner: Partner) -> None:
    owner = account_of(partner)

    summarise(partner)

    text = words_of(owner.notifications.get()).text
    assert text == (
        "Nothing moved: no points came and none went. Nothing is due: no points expire "
        "in the next 30 days."
    )


def test_each_number_leads_to_where_it_comes_from(partner: Partner) -> None:
    owner = account_of(partner)
    entry(partner, 9, date(2026, 3, 20), date(2027, 3, 20))

    summarise(partner)

    browser = signed_in(owner)
    told = owner.notifications.get()
    paths = [row.path for row in words_of(told).rows if row.path]
    assert len(paths) == 6
    answers = {path: browser.get(path).status_code for path in [*paths, told.path]}
    assert set(answers.values()) == {200}, answers


def test_it_is_for_owners_and_who_chose_it(partner: Partner) -> None:
    owner = account_of(partner)
    chose = account_of(partner, role=Role.READER)
    other = account_of(partner, role=Role.SALES)
    left = PersonFactory.create(partner=partner, with_account=True, left=True).user
    refused = account_of(partner, role=Role.FINANCE)
    for user, choice in ((chose, "daily"), (refused, "never")):
        NotificationPreference.objects.create(
            user=user, kind="portal.monthly_summary", mail=choice
        )

    summarise(partner)

    told = {user for user in (owner, chose, other, left, refused) if user
            and user.notifications.exists()}  # fmt: skip
    assert told == {owner, chose}


def test_a_provider_has_no_tier_in_it() -> None:
    provider = PartnerFactory.create(provider=True)
    owner = account_of(provider)

    summarise(provider)

    labels = [row.label for row in words_of(owner.notifications.get()).rows]
    assert "Tier" not in labels


def test_each_company_is_told_its_own(partner: Partner) -> None:
    other = PartnerFactory.create(name="Meridian")
    owner, others_owner = account_of(partner), account_of(other)
    entry(other, 9, date(2026, 3, 20), date(2027, 3, 20))

    summarise(partner, other)

    assert facts_of(owner)["closing"] == 0
    assert facts_of(others_owner)["closing"] == 9 * MICRO
    assert facts_of(others_owner)["company"] == "Meridian"


@override_settings(PORTAL_URL="https://portal.example.com")
def test_the_month_is_mailed_once_however_often_the_day_is_run(partner: Partner) -> None:
    account_of(partner)
    PartnerFactory.create(joined_on=FIRST)

    for _ in range(2):
        queue_summaries(day=FIRST, first=0, last=2**62)
        outbox.run_due()
    # Rows that are done are forgotten after a month; the event is not.
    Job.objects.all().delete()
    queue_summaries(day=FIRST, first=0, last=2**62)
    outbox.run_due()

    [message] = mail.outbox
    assert "Aurora: your points in March 2026" in message.subject
    assert "https://portal.example.com/receipts/" in message.body


def test_other_days_have_no_summary(partner: Partner) -> None:
    account_of(partner)

    queue_summaries(day=date(2026, 4, 2), first=0, last=2**62)

    assert not Job.objects.exists()
