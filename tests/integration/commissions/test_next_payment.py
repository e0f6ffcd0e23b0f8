"""The next payment alone, and its place on home."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from commissions.models import Statement
from partners.models import Partner, Role
from tests.factories import PartnerFactory, UserFactory
from tests.factories.money import PaymentFactory, PayoutDocumentFactory
from tests.integration.commissions.money_pages import FIRST, schedule_of, stated
from tests.integration.pages import (
    PAGE_MARKS,
    browser_of,
    count_queries,
    main_of,
    signed_in,
    words,
)

pytestmark = PAGE_MARKS

NEXT = reverse("commissions:next_payment")
LIST = reverse("commissions:list")
HOME = reverse("portal:home")
PLACE = f'hx-get="{NEXT}"'
HTMX = {"HX-Request": "true", "HX-Target": "next-payment"}


@pytest.fixture
def partner() -> Partner:
    """Return a partner of the United States with its papers."""
    partner: Partner = PartnerFactory.create(name="Aurora", country="US")
    PayoutDocumentFactory.create(partner=partner, bank_form=True, approved=True)
    PayoutDocumentFactory.create(partner=partner, kind="w9", approved=True)
    return partner


def link_to(statement: Statement, amount: str) -> str:
    url = reverse("commissions:statement", args=[statement.public_id])
    return f'<a class="receipt-link" href="{url}">{amount}</a>'


def test_htmx_gets_the_one_element_and_others_a_page(partner: Partner) -> None:
    statement = stated(schedule_of(partner, months=1), FIRST)
    browser = browser_of(partner)

    part = browser.get(NEXT, headers=HTMX)
    whole = browser.get(NEXT)

    html = part.content.decode()
    assert html.strip().startswith('<section class="panel" id="next-payment"')
    assert "<html" not in html
    assert "hx-trigger" not in html, "it would ask for itself again"
    assert "HX-Target" in part.headers["Vary"]
    assert link_to(statement, "US$200.00") in html
    assert "Next payment: US$200.00 , 23 Nov 2026 (today) nothing blocks it" in words(
        part
    )
    assert "<h1" in main_of(whole) or "<h1" in whole.content.decode()
    assert link_to(statement, "US$200.00") in main_of(whole)


def test_nothing_due_is_a_sentence(partner: Partner) -> None:
    text = words(browser_of(partner).get(NEXT, headers=HTMX))

    assert "Nothing is due: no commission waits to be paid." in text
    assert "block" not in text


def test_an_estimate_leads_to_what_waits(partner: Partner) -> None:
    schedule_of(partner, months=2)

    answer = browser_of(partner).get(NEXT, headers=HTMX)

    assert f'href="{reverse("commissions:waiting")}">US$400.00</a>' in (
        answer.content.decode()
    )
    assert "estimate" in words(answer)


def test_what_is_missing_is_counted_and_leads_to_its_list() -> None:
    partner = PartnerFactory.create(country="US")
    statement = stated(schedule_of(partner, months=1), FIRST, withheld=True)

    answer = browser_of(partner).get(NEXT, headers=HTMX)

    assert "Held back until the papers are there: US$200.00 2 things block it" in words(
        answer
    )
    assert f'<a href="{LIST}#blockers">2 things block it</a>' in answer.content.decode()
    assert link_to(statement, "US$200.00") in answer.content.decode()


def test_what_the_bank_sent_back_does_not_wait_for_papers(partner: Partner) -> None:
    statement = stated(schedule_of(partner, months=1), FIRST, withheld=True)
    PaymentFactory.create(statement=statement, rejected=True, amount_minor=20_000)

    for address in (NEXT, LIST):
        text = words(browser_of(partner).get(address))
        assert "Held back: US$200.00 1 thing blocks it" in text
        assert "until the papers" not in text
        assert "withheld for papers" not in text


def test_prepared_is_not_yet_on_its_way(partner: Partner) -> None:
    statement = stated(schedule_of(partner, months=1), FIRST)
    payment = PaymentFactory.create(statement=statement)
    browser = browser_of(partner)

    assert "Prepared: US$200.00" in words(browser.get(NEXT, headers=HTMX))
    text = words(browser.get(LIST))
    assert "US$0.00 of statement 1 US$200.00 prepared for payment" in text

    payment.delete()
    PaymentFactory.create(statement=statement, sent=True)
    assert "On its way: US$200.00" in words(browser.get(NEXT, headers=HTMX))
    text = words(browser.get(LIST))
    assert "US$0.00 of statement 1 US$200.00 on its way" in text


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        (Role.OWNER, True),
        (Role.FINANCE, True),
        (Role.READER, True),
        (Role.SALES, False),
        (Role.SERVICES, False),
    ],
)
def test_home_has_a_place_for_it_where_money_is_seen(
    partner: Partner, role: Role, sees: bool
) -> None:
    stated(schedule_of(partner, months=1), FIRST)
    browser = browser_of(partner, role=role)

    main = browser.get(HOME).content.decode()

    assert (PLACE in main) is sees
    # Without a script the link remains, and there is no amount on home itself.
    assert (f'href="{LIST}">What is paid next, and when</a>' in main) is sees
    assert "US$200.00" not in main
    assert browser.get(NEXT, headers=HTMX).status_code == (200 if sees else 403)


def test_staff_name_the_partner_they_ask_about(partner: Partner) -> None:
    partner.pdm = UserFactory.create(pdm=True)
    partner.save()
    stated(schedule_of(partner, months=1), FIRST)
    named = {"partner": str(partner.public_id)}
    mine = signed_in(partner.pdm)

    answer = mine.get(NEXT, named)

    assert "Next payment: US$200.00" in words(answer)
    assert f'href="{LIST}?partner={partner.public_id}"' in main_of(answer)
    assert mine.get(NEXT).status_code == 302
    assert signed_in(UserFactory.create(pdm=True)).get(NEXT, named).status_code == 404
    assert mine.get(NEXT, {**named, "on": "2026-01-01"}).status_code == 400


def test_it_asks_as_much_for_fifty_schedules_as_for_one(partner: Partner) -> None:
    browser = browser_of(partner)
    stated(schedule_of(partner, months=2), FIRST)
    browser.get(NEXT, headers=HTMX)
    one = count_queries(lambda: browser.get(NEXT, headers=HTMX))
    for _number in range(49):
        schedule_of(partner, months=2)

    assert count_queries(lambda: browser.get(NEXT, headers=HTMX)) == one <= 15


def test_the_day_is_that_of_the_statement_or_of_the_run(partner: Partner) -> None:
    statement = stated(schedule_of(partner, months=1), FIRST, pay_on=date(2027, 1, 8))
    browser = browser_of(partner)
    assert "US$200.00 , 8 Jan 2027" in words(browser.get(NEXT))

    PaymentFactory.create(statement=statement, run__execute_on=date(2026, 12, 3))

    assert "US$200.00 , 3 Dec 2026" in words(browser.get(NEXT))
