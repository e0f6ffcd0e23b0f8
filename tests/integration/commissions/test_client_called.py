"""What a partner calls its client stands on the pages of its commissions.

A client made from a registration has a reference for a name: its record may be shared
with another partner, and what one of them typed is no business of the other.
"""

from __future__ import annotations

import pytest
from django.urls import reverse

from commissions.models import Schedule
from partners.models import Partner
from tests.factories import ClientFactory, PartnerFactory
from tests.factories.money import DisputeFactory
from tests.integration.commissions.money_pages import FIRST, schedule_of, stated
from tests.integration.pages import NOON, browser_of, words

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOON, tick=False)]

REF = "C-REG-0017"
CALLED = "Harbour and Hill"


@pytest.fixture
def partner() -> Partner:
    return PartnerFactory.create()


@pytest.fixture
def schedule(partner: Partner) -> Schedule:
    """Return a schedule with one month that was earned."""
    client = ClientFactory.create(ref=REF, name=REF)
    return schedule_of(partner, months=1, deal__client=client, deal__client_name=CALLED)


def test_pages_say_what_the_partner_calls_it(
    partner: Partner, schedule: Schedule
) -> None:
    browser = browser_of(partner)
    dispute = DisputeFactory.create(schedule=schedule, month=FIRST)
    pages = [
        reverse("commissions:list"),
        reverse("commissions:waiting"),
        reverse("commissions:schedule", args=[schedule.public_id]),
        reverse("commissions:month", args=[schedule.public_id, FIRST]),
        reverse("commissions:contest", args=[schedule.public_id, FIRST]),
        reverse("commissions:dispute", args=[dispute.public_id]),
    ]

    said = {page: words(browser.get(page)) for page in pages}

    assert [page for page, text in said.items() if CALLED not in text] == []
    assert [page for page, text in said.items() if REF in text] == []


def test_statements_and_their_files_say_it_too(
    partner: Partner, schedule: Schedule
) -> None:
    statement = stated(schedule, FIRST)
    browser = browser_of(partner)

    page = reverse("commissions:statement", args=[statement.public_id])
    assert CALLED in words(browser.get(page))
    file = browser.get(f"{page}csv/")
    text = b"".join(file).decode()
    assert CALLED in text
    assert REF not in text


def test_lists_are_searched_and_sorted_by_it(
    partner: Partner, schedule: Schedule
) -> None:
    imported = schedule_of(partner, deal__client=ClientFactory.create(name="Mill"))
    browser = browser_of(partner)
    page = reverse("commissions:list")

    assert CALLED in words(browser.get(page, {"q": "and hill"}))
    assert CALLED not in words(browser.get(page, {"q": "mill"}))
    for order, first, then in (("client", CALLED, "Mill"), ("-client", "Mill", CALLED)):
        text = words(browser.get(page, {"sort": order}))
        assert text.index(first) < text.rindex(then), order
    assert imported.deal.client_label == "Mill"
