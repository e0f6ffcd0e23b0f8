"""The pages of commissions: what they say, whose, and with how many queries."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from commissions.models import Accrual, Schedule
from partners.models import Partner, Role
from tests.factories import ClientFactory, PartnerFactory, UserFactory
from tests.factories.money import (
    AccrualFactory,
    FxRateFactory,
    PaymentFactory,
    ReceiptFactory,
    ScheduleFactory,
    StatementLineFactory,
)
from tests.factories.specialists import growth_account
from tests.integration.commissions.money_pages import FIRST, earn, schedule_of, stated
from tests.integration.pages import (
    NOON,
    PAGE_MARKS,
    account_of,
    browser_of,
    count_queries,
    main_of,
    signed_in,
    words,
)

pytestmark = PAGE_MARKS

PAGES = ("list", "curve", "statements", "waiting", "disputes")


@pytest.fixture
def partner() -> Partner:
    return PartnerFactory.create(name="Aurora")


def page(name: str, *args: object) -> str:
    return reverse(f"commissions:{name}", args=args)


def test_home_says_the_next_payment_in_one_line(partner: Partner) -> None:
    schedule_of(partner, months=2)

    text = words(browser_of(partner).get(page("list")))

    assert "Next payment: US$400.00" in text
    assert "estimate" in text
    assert "Missing: Bank form." in text
    assert "Who can lift it: your company" in text


def test_home_without_anything_says_that_nothing_is_due(partner: Partner) -> None:
    text = words(browser_of(partner).get(page("list")))

    assert "Nothing is due" in text
    assert "No commission yet." in text


def test_a_statement_that_is_owed_is_no_estimate(partner: Partner) -> None:
    stated(schedule_of(partner, months=1), FIRST)

    text = words(browser_of(partner).get(page("list")))

    assert "Next payment: US$200.00" in text
    assert "Next payment: US$200.00 , 23 Nov 2026 (today)" in text
    assert "estimate" not in text.partition("So far")[0]


def test_a_payment_under_way_is_named(partner: Partner) -> None:
    PaymentFactory.create(
        statement=stated(schedule_of(partner, months=1), FIRST), sent=True
    )

    assert "On its way: US$200.00" in words(browser_of(partner).get(page("list")))


def test_the_sums_lead_to_their_lists(partner: Partner) -> None:
    schedule = schedule_of(partner, months=3)
    PaymentFactory.create(statement=stated(schedule, FIRST), paid=True)

    main = main_of(browser_of(partner).get(page("list")))

    assert 'href="?currency=USD#schedules">US$600.00</a>' in main
    assert f'href="{page("waiting")}">US$400.00</a>' in main
    assert f'href="{page("statements")}#payments">US$200.00</a>' in main


def test_the_ribbon_says_in_words_what_it_draws(partner: Partner) -> None:
    schedule = schedule_of(partner, months=3)
    PaymentFactory.create(statement=stated(schedule, FIRST), paid=True)
    AccrualFactory.create(schedule=schedule, month=date(2026, 4, 1), nothing=True)
    earn(schedule, date(2026, 5, 1))
    AccrualFactory.create(
        schedule=schedule,
        month=date(2026, 5, 1),
        number=1,
        base_minor=-100_000,
        commission_minor=-20_000,
    )

    main = main_of(browser_of(partner).get(page("list")))

    # Without papers what is due would be at risk, but this day of forfeiture is over.
    assert "1 paid, 2 due, 6 at risk, 1 reversed and 26 to come" in main


def test_missing_papers_put_young_deals_at_risk(partner: Partner) -> None:
    schedule: Schedule = ScheduleFactory.create(
        line__deal__partner=partner, line__deal__closed_on=date(2026, 10, 5)
    )
    earn(schedule, date(2026, 10, 1))

    main = main_of(browser_of(partner).get(page("list")))

    assert "1 at risk and 35 to come" in main


def test_a_schedule_that_ended_shows_what_is_cut_off(partner: Partner) -> None:
    schedule = schedule_of(partner, months=1)
    Schedule.objects.filter(pk=schedule.pk).update(
        last_month=FIRST, ended=Schedule.Ended.CANCELLED
    )

    main = main_of(browser_of(partner).get(page("list")))

    assert "1 due and 35 ended" in main


def test_the_list_is_filtered_and_summed(partner: Partner) -> None:
    schedule_of(partner, months=1, deal__name="Nordlicht")
    schedule_of(partner, months=1, deal__name="Castellan")

    text = words(browser_of(partner).get(page("list"), {"q": "nord"}))

    assert "Nordlicht" in text
    assert "Castellan" not in text
    assert "Sum of all rows US$200.00" in text


def test_a_file_of_the_list_has_the_same_rows(partner: Partner) -> None:
    schedule_of(partner, months=2, deal__name="Nordlicht")

    answer = browser_of(partner).get(reverse("portal:commissions_csv"), {"q": "nord"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]

    assert text.splitlines()[1].split(",")[1] == "Nordlicht"
    assert ",400," in text or ",400.00," in text


def test_the_curve_adds_up_what_is_secured(partner: Partner) -> None:
    schedule_of(partner)
    schedule_of(partner, mrr_minor=50_003, currency="EUR")

    text = words(browser_of(partner).get(page("curve")))

    # January 2026 to December 2028; 26 months are left from November 2026 on.
    assert "€2,600.26 and US$5,200.00 of commission are secured" in text
    assert "After December 2028: 2 schedules end" in text


def test_the_curve_follows_a_downgrade(partner: Partner) -> None:
    schedule = schedule_of(partner)
    assert schedule.line
    schedule.line.reductions.create(on=date(2027, 1, 15), mrr_minor=50_000, at=NOON)

    text = words(browser_of(partner).get(page("curve")))

    # Two months of 200, twenty-four of 100.
    assert "US$2,800.00 of commission are secured" in text


def test_a_schedule_shows_facts_months_and_both_rates(partner: Partner) -> None:
    partner.payout_currency = "USD"
    partner.save()
    schedule = schedule_of(partner, months=1, currency="EUR")
    FxRateFactory.create()
    FxRateFactory.create(currency="USD", usd_e10=10**10)

    text = words(browser_of(partner).get(page("schedule", schedule.public_id)))

    assert "20% of what" in text
    # EUR 200 by the scale of the points (75 to 100), and at 1.10 dollars.
    assert "€200.00 €200.00 US$266.67 US$220.00" in text
    assert "36 months" not in text
    assert "R33" in text


def test_a_month_can_be_done_again_by_an_outsider(partner: Partner) -> None:
    schedule = schedule_of(partner, months=1)

    text = words(browser_of(partner).get(page("month", schedule.public_id, FIRST)))

    assert "US$200.00 for January 2026" in text
    assert "Base: what this sale got of it US$1,000.00" in text
    assert "× 20%" in text
    assert "200 USD" in text
    assert "recomputed, agrees" in text
    assert "Nothing is written yet" not in text


def test_a_month_that_never_was_is_no_page(partner: Partner) -> None:
    schedule = schedule_of(partner)
    browser = browser_of(partner)

    answers = [
        browser.get(page("month", schedule.public_id, month)).status_code
        for month in (date(2025, 12, 1), date(2026, 12, 1), date(2029, 1, 1))
    ]

    assert answers == [404, 200, 404]
    wrong = f"/commissions/schedules/{schedule.public_id}/2026-13/"
    assert browser.get(wrong).status_code == 404


def test_what_other_partners_took_has_no_name(partner: Partner) -> None:
    client = ClientFactory.create(name="Shared client")
    other = PartnerFactory.create(name="Somebody Else Ltd")
    older = schedule_of(
        other,
        deal__client=client,
        deal__name="Secret deal",
        deal__closed_on=date(2025, 12, 10),
        mrr_minor=80_000,
    )
    younger = schedule_of(partner, deal__client=client, deal__name="Our deal")
    ReceiptFactory.create(client=client, month=FIRST, amount_minor=100_000)
    AccrualFactory.create(schedule=younger, base_minor=20_000)

    page_of_month = browser_of(partner).get(page("month", younger.public_id, FIRST))
    text = words(page_of_month)

    assert "Older sales of other partners, together US$800.00" in text
    assert "Our deal US$200.00" in text
    whole = page_of_month.content.decode()
    for secret in ("Somebody Else", "Secret deal", older.deal_ref, str(older.public_id)):
        assert secret not in whole


def test_a_statement_adds_up_line_by_line(partner: Partner) -> None:
    schedule = schedule_of(partner, months=1, deal__name="Nordlicht")
    found = stated(schedule, FIRST)

    text = words(browser_of(partner).get(page("statement", found.public_id)))

    assert "Closing balance US$200.00" in text
    assert found.digest in text
    assert "Nordlicht" in text
    assert "Sum of all rows US$200.00" in text


@pytest.mark.parametrize("name", PAGES)
def test_pages_speak_french(partner: Partner, name: str) -> None:
    schedule_of(partner, months=1)
    user = account_of(partner, language="fr")

    answer = signed_in(user).get(page(name))

    assert answer.status_code == 200
    assert 'lang="fr"' in answer.content.decode()


@pytest.mark.parametrize("role", [Role.SALES, Role.SERVICES])
def test_who_sells_or_serves_sees_no_money(partner: Partner, role: Role) -> None:
    schedule = schedule_of(partner, months=1, deal__name="Nordlicht")
    found = stated(schedule, FIRST)
    browser = browser_of(partner, role=role)

    closed = [browser.get(page(name)).status_code for name in (*PAGES, "reconcile")]
    hidden = [
        browser.get(page("schedule", schedule.public_id)).status_code,
        browser.get(page("month", schedule.public_id, FIRST)).status_code,
        browser.get(page("contest", schedule.public_id, FIRST)).status_code,
        browser.get(page("statement", found.public_id)).status_code,
    ]

    assert closed == [403] * len(closed)
    assert hidden == [404] * len(hidden)
    for address in ("/", reverse("deals:detail", args=[schedule.deal.public_id])):
        answer = browser.get(address).content.decode()
        assert "/commissions/" not in answer
        assert "US$200.00" not in answer


def test_the_deal_leads_to_its_schedules(partner: Partner) -> None:
    schedule = schedule_of(partner)

    answer = browser_of(partner).get(
        reverse("deals:detail", args=[schedule.deal.public_id])
    )

    assert f"{page('list')}?q={schedule.deal_ref}" in answer.content.decode()


def test_staff_read_one_partner_of_their_portfolio(partner: Partner) -> None:
    schedule_of(partner, months=1, deal__name="Nordlicht")
    partner.pdm = UserFactory.create(pdm=True)
    partner.save()
    named = {"partner": str(partner.public_id)}

    mine = signed_in(partner.pdm).get(page("list"), named)
    others = signed_in(UserFactory.create(pdm=True)).get(page("list"), named)
    growth = signed_in(growth_account("")).get(page("list"), named)
    nobody = signed_in(partner.pdm).get(page("list"))

    assert "Nordlicht" in words(mine)
    assert (others.status_code, growth.status_code, nobody.status_code) == (404, 404, 302)
    assert page("curve") + f"?partner={partner.public_id}" in mine.content.decode()


def test_staff_come_from_the_page_of_the_partner(partner: Partner) -> None:
    partner.pdm = UserFactory.create(pdm=True)
    partner.save()
    browser = signed_in(partner.pdm)

    office = browser.get(reverse("admin:partners_partner_change", args=[partner.pk]))

    assert f"{page('list')}?partner={partner.public_id}" in office.content.decode()
    named = {"partner": str(partner.public_id)}
    home = browser.get(page("list"), named)
    narrowed = browser.get(page("list"), {**named, "q": "nothing"}).content.decode()
    hidden = f'<input type="hidden" name="partner" value="{partner.public_id}">'
    assert hidden in narrowed
    assert f'{page("list")}?partner={partner.public_id}">Clear' in narrowed
    # Nothing of the navigation leads there: without a partner there is nothing to see.
    assert f'<a href="{page("list")}"' not in home.content.decode()


@pytest.mark.parametrize("name", ["list", "curve", "waiting"])
def test_fifty_schedules_ask_as_much_as_one(partner: Partner, name: str) -> None:
    browser = browser_of(partner)
    stated(schedule_of(partner, months=2), FIRST)
    address = page(name) + ("?per_page=100" if name != "curve" else "")
    browser.get(address)
    one = count_queries(lambda: browser.get(address))
    for _number in range(49):
        schedule_of(partner, months=2)

    many = count_queries(lambda: browser.get(address))

    assert Accrual.objects.count() == 100
    assert many == one


def test_a_long_statement_asks_as_much_as_a_short_one(partner: Partner) -> None:
    browser = browser_of(partner)
    schedule = schedule_of(partner, months=1)
    found = stated(schedule, FIRST)
    address = page("statement", found.public_id) + "?per_page=100"
    browser.get(address)
    short = count_queries(lambda: browser.get(address))
    for number in range(2, 42):
        StatementLineFactory.create(
            statement=found, number=number, schedule=schedule_of(partner)
        )

    assert count_queries(lambda: browser.get(address)) == short


def test_a_month_asks_as_much_whoever_shares_it(partner: Partner) -> None:
    browser = browser_of(partner)
    schedule = schedule_of(partner, months=1)
    address = page("month", schedule.public_id, FIRST)
    browser.get(address)
    alone = count_queries(lambda: browser.get(address))
    for _number in range(20):
        schedule_of(partner, deal__client=schedule.client)

    assert count_queries(lambda: browser.get(address)) == alone
