"""The receipt of one entry: claim, facts, rules, arithmetic that anybody can repeat."""

import uuid
from datetime import UTC, date, datetime
from urllib.parse import unquote

import pytest
from django.test import Client

from clients.services import settle_managed
from deals import services as deals
from deals.models import Deal, DealLine
from partners.models import Partner, PointsEntry
from partners.selectors import published_editions
from tests.factories import (
    ClientFactory,
    DealFactory,
    DealLineFactory,
    PartnerFactory,
    PointsEntryFactory,
    RelationshipFactory,
    SubscriptionFactory,
    UserFactory,
)
from tests.integration.pages import (
    MICRO,
    PAGE_MARKS,
    TODAY,
    browser_of,
    count_queries,
    main_of,
    signed_in,
    words,
)

pytestmark = PAGE_MARKS

WON_ON = date(2026, 3, 2)
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def partner() -> Partner:
    return PartnerFactory.create(name="Aurora Lane")


@pytest.fixture
def visitor(partner: Partner) -> Client:
    return browser_of(partner)


def won_line(partner: Partner, *, country: str = "PL", **line: object) -> DealLine:
    """Win a deal of one line: EUR 750 in Poland, a growth market, is 100 points (P2)."""
    client = ClientFactory.create(name="Nordwind Energie", country=country)
    deal = DealFactory.create(partner=partner, client=client, name="Wind park")
    values = {"mrr_minor": 75_000, "currency": "EUR", **line}
    created = DealLineFactory.create(deal=deal, **values)
    deals.win_deal(
        deal_id=deal.pk, closed_on=WON_ON, poi_on=date(2026, 2, 1), actor=None, at=AT,
        today=TODAY,
    )  # fmt: skip
    return created


def settle_again(line: DealLine, *, at: datetime) -> None:
    deals.settle_deals(
        deal_ids=[line.deal_id], at=at, editions=published_editions(), refresh=False
    )


def entries_of(line: DealLine) -> list[PointsEntry]:
    return list(PointsEntry.objects.filter(source_id=line.pk).order_by("seq"))


def receipt(visitor: Client, entry: PointsEntry) -> str:
    answer = visitor.get(f"/receipts/points/{entry.public_id}/")
    assert answer.status_code == 200
    return words(answer)


def test_shows_claim_arithmetic_and_result(visitor: Client, partner: Partner) -> None:
    page = receipt(visitor, entries_of(won_line(partner))[0])

    assert "100 sourced points Counting" in page
    assert "Wind park · Nordwind Energie · Aurora Lane" in page
    assert "From 2 March 2026 on, 100 sourced points are added: deal won." in page
    assert "On 2 March 2027 this stops counting." in page
    assert "€750.00 ÷ €75.00 × 5 × 2 = 100.000000 points" in page
    assert "In the ledger 100.000000 points recomputed, agrees" in page


def test_shows_the_facts_with_links(visitor: Client, partner: Partner) -> None:
    line = won_line(partner)

    answer = visitor.get(f"/receipts/points/{entries_of(line)[0].public_id}/")

    page = words(answer)
    assert "Net monthly recurring revenue €750.00" in page
    assert "Worth of one unit €75.00" in page
    assert "Territory of the client Poland (PL) Growth market" in page
    assert "Product line Sales Hub" in page
    assert (
        "Proof of involvement 1 February 2026 29 days before the close: in time" in page
    )
    assert f'href="/deals/{line.deal.public_id}/"' in main_of(answer)
    assert f'href="/clients/?q={line.deal.client.ref}"' in main_of(answer)


def test_names_each_rule_with_the_numbers_of_the_edition(
    visitor: Client, partner: Partner
) -> None:
    page = receipt(visitor, entries_of(won_line(partner))[0])

    edition = published_editions().on(WON_ON)
    assert "R20 One unit of monthly recurring revenue that the partner sourced" in page
    assert "gives 5 points." in page
    assert "R24 One unit is €75.00" in page
    assert "R20, R22, C36, R28 The client’s territory, Poland, is a growth market" in page
    assert (
        "R45, 3.10 A won deal counts if its proof of involvement is dated from 90" in page
    )
    assert "3.1 Sold points count for 12 months" in page
    assert f"Rulebook edition {edition.code}, {edition.rulebook.title}" in page
    assert "In force since 16 July 2025" in page
    assert f"Fingerprint {edition.sha256}" in page


def test_says_until_when_an_earlier_edition_held(
    visitor: Client, partner: Partner
) -> None:
    entry = PointsEntryFactory.create(partner=partner, effective_on=date(2025, 3, 1))

    assert "from 1 July 2022 to 15 July 2025" in receipt(visitor, entry)


def test_an_inexact_division_says_how_it_was_rounded(
    visitor: Client, partner: Partner
) -> None:
    line = won_line(partner, country="US", mrr_minor=10_000, currency="SGD")

    page = receipt(visitor, entries_of(line)[0])

    assert "SGD 100.00 ÷ SGD 140.00 × 5 × 1 = 3.571429 points" in page.replace(
        "\xa0", " "
    )
    assert "Rounded half up at the sixth decimal." in page


def test_a_cancellation_takes_back_what_was_left(
    visitor: Client, partner: Partner
) -> None:
    line = won_line(partner)
    deals.cancel_deal(
        deal_id=line.deal_id, on=date(2026, 5, 1), note="", actor=None, at=AT
    )
    won, ended = entries_of(line)

    page = receipt(visitor, ended)

    assert "-100 sourced points Taken back" in page
    assert "€750.00 ÷ €75.00 × 5 × 2 = 100.000000 points" in page
    assert "0.000000 - 100.000000 = -100.000000 points" in page
    assert "In the ledger -100.000000 points recomputed, agrees" in page
    assert "3.2 From the day a subscription ends or is no longer paid" in page
    assert "What counts of it on 23 November 2026 0.000000" in page
    assert f"/receipts/points/{won.public_id}/" in main_of(
        visitor.get(f"/receipts/points/{ended.public_id}/")
    )


def test_downgrades_take_back_in_proportion(visitor: Client, partner: Partner) -> None:
    line = won_line(partner)
    for on, left in ((date(2026, 4, 1), 45_000), (date(2026, 5, 1), 15_000)):
        deals.downgrade_line(line_id=line.pk, mrr_minor=left, on=on, actor=None, at=AT)
    deals.cancel_deal(
        deal_id=line.deal_id, on=date(2026, 6, 1), note="", actor=None, at=AT
    )
    _won, first, second, ended = entries_of(line)

    assert "60.000000 - 100.000000 = -40.000000 points" in receipt(visitor, first)
    assert "20.000000 - 60.000000 = -40.000000 points" in receipt(visitor, second)
    assert "0.000000 - 20.000000 = -20.000000 points" in receipt(visitor, ended)
    for entry in entries_of(line):
        assert "recomputed, agrees" in receipt(visitor, entry)


def test_a_correction_names_what_it_corrects(visitor: Client, partner: Partner) -> None:
    line = won_line(partner)
    deals.downgrade_line(
        line_id=line.pk, mrr_minor=15_000, on=date(2026, 4, 1), actor=None, at=AT
    )
    line.mrr_minor = 30_000
    line.save()
    settle_again(line, at=datetime(2026, 4, 2, 9, tzinfo=UTC))
    won, reduced, won_anew, reduced_anew = entries_of(line)

    page = receipt(visitor, won_anew)

    assert "40.000000 - 100.000000 = -60.000000 points" in page
    assert "Corrects the entry of 2 Mar 2026: 100 points" in page
    assert "An entry is never changed." in page
    assert "-20.000000 - (-80.000000) = 60.000000 points" in receipt(
        visitor, reduced_anew
    )
    for entry in (won, reduced, won_anew, reduced_anew):
        assert "recomputed, agrees" in receipt(visitor, entry)


def test_a_deal_that_moves_to_another_day_is_taken_back_and_posted_anew(
    visitor: Client, partner: Partner
) -> None:
    line = won_line(partner)
    deals.cancel_deal(
        deal_id=line.deal_id, on=date(2026, 9, 1), note="", actor=None, at=AT
    )
    Deal.objects.filter(pk=line.deal_id).update(closed_on=date(2026, 3, 5))
    settle_again(line, at=datetime(2026, 9, 2, 9, tzinfo=UTC))

    pages = [receipt(visitor, entry) for entry in entries_of(line)]

    assert len(pages) == 6
    assert all("recomputed, agrees" in page for page in pages)


def test_a_managed_entry_lists_every_subscription_and_the_split(
    visitor: Client, partner: Partner
) -> None:
    client = ClientFactory.create(name="Served Ltd", country="GB")
    for number, minor in enumerate((62_500, 31_250), 1):
        SubscriptionFactory.create(
            client=client, ref=f"S-{number}", mrr_minor=minor, currency="GBP",
            product_line=f"sales_hub{number}", from_on=date(2026, 2, number),
        )  # fmt: skip
    served = RelationshipFactory.create(partner=partner, client=client)
    RelationshipFactory.create(client=client, from_on=date(2026, 2, 1))
    settle_managed(
        client_ids=[client.pk], until=TODAY, at=AT, editions=published_editions()
    )
    *_earlier, last = PointsEntry.objects.filter(source_id=served.pk).order_by("seq")

    page = receipt(visitor, last)

    assert "sales_hub1 (S-1) £625.00 ÷ £62.50 × 1 × 1 = 10.000000 points" in page
    assert "sales_hub2 (S-2) £312.50 ÷ £62.50 × 1 × 1 = 5.000000 points" in page
    assert "10.000000 + 5.000000 = 15.000000 points" in page
    assert "Share of one partner out of 2 15.000000 ÷ 2 = 7.500000 points" in page
    assert "7.500000 - 5.000000 = 2.500000 points" in page
    assert "recomputed, agrees" in page
    assert "3.3 Managed points follow what is served today" in page
    assert "Managed since 1 January 2025" in page


def test_a_partner_that_stops_serving_loses_its_stock(
    visitor: Client, partner: Partner
) -> None:
    client = ClientFactory.create()
    SubscriptionFactory.create(client=client)
    served = RelationshipFactory.create(
        partner=partner, client=client, until_on=date(2026, 3, 1)
    )
    settle_managed(
        client_ids=[client.pk], until=TODAY, at=AT, editions=published_editions()
    )
    *_earlier, last = PointsEntry.objects.filter(source_id=served.pk).order_by("seq")

    page = receipt(visitor, last)

    assert "The partner no longer serves the client." in page
    assert "0.000000 - 10.000000 = -10.000000 points" in page
    assert "recomputed, agrees" in page


def test_says_loudly_when_an_entry_does_not_agree_with_its_facts(
    visitor: Client, partner: Partner
) -> None:
    planted = PointsEntryFactory.create(partner=partner, points=51 * MICRO)

    answer = visitor.get(f"/receipts/points/{planted.public_id}/")

    page = words(answer)
    assert "This entry does not agree with its own facts." in page
    assert "this entry is worth 50.000000 points; the ledger holds 51.000000." in page
    assert "recomputed, agrees" not in page
    assert 'role="alert"' in main_of(answer)


@pytest.mark.parametrize(
    ("facts", "complaint"),
    [
        ({"unit_minor": 9_999}, "Unit, rate or multiplier are not those of the edition."),
        ({"rate": 3}, "Unit, rate or multiplier are not those of the edition."),
        ({"mrr_minor": None}, "do not suffice to recompute it"),
        ({"mrr_minor": "1000"}, "do not suffice to recompute it"),
        ({"currency": "XXX"}, "do not suffice to recompute it"),
        ({"currency": "INR"}, "do not suffice to recompute it"),
        ({"mrr_minor": 200_000}, "is worth 100.000000 points"),
        ({"growth": True}, "is worth 100.000000 points"),
        ({"should_be": 50_000_000, "posted": 0}, "recomputed, agrees"),
        ({"should_be": 50_000_000, "posted": 1}, "The ledger held another sum"),
    ],
    ids=repr,
)
def test_checks_every_fact(
    visitor: Client, partner: Partner, facts: dict[str, object], complaint: str
) -> None:
    sound = PointsEntryFactory.build(partner=partner).facts
    planted = PointsEntryFactory.create(partner=partner, facts={**sound, **facts})

    assert complaint in receipt(visitor, planted)


def test_an_entry_without_facts_is_shown_and_not_believed(
    visitor: Client, partner: Partner
) -> None:
    planted = PointsEntryFactory.create(partner=partner, facts={})

    page = receipt(visitor, planted)

    assert "do not suffice to recompute it" in page
    assert "In the ledger 50.000000 points does not agree" in page


def test_a_letter_to_the_development_manager_names_the_page(
    visitor: Client, partner: Partner
) -> None:
    partner.pdm = UserFactory.create(pdm=True, email="ines@example.com")
    partner.save()
    entry = entries_of(won_line(partner))[0]

    page = main_of(visitor.get(f"/receipts/points/{entry.public_id}/"))

    letter = unquote(page.partition('href="mailto:')[2].partition('"')[0])
    assert letter.startswith("ines@example.com?subject=Aurora Lane: is this right?")
    assert f"http://testserver/receipts/points/{entry.public_id}/" in letter


def test_a_deal_that_went_to_another_partner_is_not_named(
    visitor: Client, partner: Partner
) -> None:
    line = won_line(partner)
    Deal.objects.filter(pk=line.deal_id).update(partner=PartnerFactory.create())
    settle_again(line, at=AT)
    mine = [entry for entry in entries_of(line) if entry.partner_id == partner.pk]

    page = receipt(visitor, mine[0])

    assert f"{line.deal.ref}/sales_hub" in page
    assert "Wind park" not in page
    assert "What counts of it on 23 November 2026 0.000000" in page


def test_foreign_and_absent_are_the_same_not_found(visitor: Client) -> None:
    foreign = visitor.get(f"/receipts/points/{PointsEntryFactory.create().public_id}/")
    absent = visitor.get(f"/receipts/points/{uuid.uuid4()}/")

    assert foreign.status_code == absent.status_code == 404
    assert words(foreign) == words(absent)


def test_a_manager_sees_the_receipts_of_the_own_portfolio() -> None:
    pdm = UserFactory.create(pdm=True)
    mine = PointsEntryFactory.create(partner__pdm=pdm)
    other = PointsEntryFactory.create()
    visitor = signed_in(pdm)

    assert visitor.get(f"/receipts/points/{mine.public_id}/").status_code == 200
    assert visitor.get(f"/receipts/points/{other.public_id}/").status_code == 404


@pytest.mark.parametrize("corrections", [1, 60])
def test_needs_the_same_queries_whatever_the_history(
    visitor: Client, partner: Partner, corrections: int
) -> None:
    line = won_line(partner)
    won = entries_of(line)[0]
    for number in range(1, corrections + 1):
        PointsEntryFactory.create(
            partner=partner, source_id=line.pk, seq=number, corrects=won
        )
    address = f"/receipts/points/{won.public_id}/"
    visitor.get(address)

    queries = count_queries(lambda: visitor.get(address))

    # session, account, person; entry, editions, history, name, facts; bell
    assert queries == 7


def test_speaks_french(partner: Partner) -> None:
    entry = entries_of(won_line(partner))[0]

    page = receipt(browser_of(partner, language="fr"), entry)

    assert "750,00 € ÷ 75,00 € × 5 × 2 = 100,000000 points" in page
    assert (
        "Une unité de revenu récurrent mensuel issue d’une collaboration partenaire"
        in page
    )
    assert "Preuve d’implication" in page
