"""The list of clients: what runs there, and the managed points it gives today."""

from datetime import UTC, date, datetime
from urllib.parse import urlencode

import pytest
from django.test import Client as Browser

from clients.models import Client, Relationship
from clients.services import settle_managed
from partners.models import Partner, PointsEntry
from partners.selectors import published_editions
from tests.factories import (
    ClientFactory,
    PartnerFactory,
    PointsEntryFactory,
    RelationshipFactory,
    SubscriptionFactory,
    UserFactory,
)
from tests.factories.specialists import growth_account
from tests.integration.pages import (
    PAGE_MARKS,
    TODAY,
    browser_of,
    count_queries,
    main_of,
    signed_in,
    words,
)

pytestmark = PAGE_MARKS

PAGE = "/clients/"


@pytest.fixture
def partner() -> Partner:
    return PartnerFactory.create()


@pytest.fixture
def visitor(partner: Partner) -> Browser:
    return browser_of(partner)


def served(partner: Partner, **client: str) -> Client:
    """Make a client of USD 1,000 a month that a partner serves, and post its points."""
    found = ClientFactory.create(**client)
    RelationshipFactory.create(partner=partner, client=found)
    SubscriptionFactory.create(client=found)
    settle(found)
    return found


def settle(client: Client) -> None:
    settle_managed(
        client_ids=[client.pk],
        until=TODAY,
        at=datetime(2026, 11, 1, tzinfo=UTC),
        editions=published_editions(),
    )


def test_lists_the_own_clients_with_what_they_give(
    visitor: Browser, partner: Partner
) -> None:
    served(partner, name="Nordwind Energie", country="PL", segment="enterprise")
    ClientFactory.create(name="Of nobody")
    RelationshipFactory.create(client__name="Of somebody else")

    answer = visitor.get(PAGE)

    page = words(answer)
    assert "Nordwind Energie Poland Enterprise Managed US$1,000.00 20.00" in page
    assert "Of nobody" not in page
    assert "Of somebody else" not in page
    entry = PointsEntry.objects.latest("effective_on", "seq")
    assert f'href="/receipts/points/{entry.public_id}/"' in main_of(answer)


def test_shows_the_own_share_of_a_client_served_by_two(
    visitor: Browser, partner: Partner
) -> None:
    client = served(partner)
    RelationshipFactory.create(client=client, partner__name="Rival Ltd")
    settle(client)

    page = words(visitor.get(PAGE))

    assert "US$1,000.00 5.00" in page
    assert "Rival" not in page


def test_says_how_the_partner_is_related(visitor: Browser, partner: Partner) -> None:
    both = ClientFactory.create(name="Both")
    RelationshipFactory.create(partner=partner, client=both)
    RelationshipFactory.create(partner=partner, client=both, sold=True)
    RelationshipFactory.create(
        partner=partner, client__name="Gone", until_on=date(2026, 1, 1)
    )

    page = words(visitor.get(PAGE))

    assert "Both United States – Managed Sold" in page
    assert "Gone United States – formerly" in page


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"q": "nordwind"}, {"Nordwind"}),
        ({"q": "C-SOLD"}, {"Sold"}),
        ({"q": "gone.example"}, {"Gone"}),
        ({"kind": "sold"}, {"Sold"}),
        ({"kind": "managed"}, {"Nordwind"}),
    ],
    ids=str,
)
def test_filters(
    visitor: Browser, partner: Partner, params: dict[str, str], expected: set[str]
) -> None:
    RelationshipFactory.create(partner=partner, client__name="Client Nordwind")
    RelationshipFactory.create(
        partner=partner, client__name="Client Sold", client__ref="C-SOLD", sold=True
    )
    RelationshipFactory.create(
        partner=partner, client__name="Client Gone", client__domain="gone.example",
        until_on=date(2026, 1, 1),
    )  # fmt: skip

    page = main_of(visitor.get(PAGE, params))

    names = ("Nordwind", "Sold", "Gone")
    assert {name for name in names if f">Client {name}<" in page} == expected


def test_sums_running_revenue_per_currency(visitor: Browser, partner: Partner) -> None:
    for currency, minor in (("EUR", 100), ("EUR", 250), ("JPY", 9)):
        client = RelationshipFactory.create(partner=partner).client
        SubscriptionFactory.create(client=client, currency=currency, mrr_minor=minor)
    ended = RelationshipFactory.create(partner=partner).client
    SubscriptionFactory.create(client=ended, until_on=TODAY)

    page = words(visitor.get(PAGE))

    assert "Sum of all rows €3.50 JP¥9" in page


def test_says_why_it_is_empty(visitor: Browser) -> None:
    assert "No clients yet." in words(visitor.get(PAGE))


def test_a_manager_sees_the_clients_of_the_own_portfolio() -> None:
    pdm = UserFactory.create(pdm=True)
    RelationshipFactory.create(partner__pdm=pdm, client__name="In the portfolio")
    RelationshipFactory.create(client__name="Somewhere else")

    page = words(signed_in(pdm).get(PAGE))

    assert "In the portfolio" in page
    assert "Somewhere else" not in page


def test_each_part_of_a_managers_sum_leads_to_its_own_receipt() -> None:
    pdm = UserFactory.create(pdm=True)
    client = ClientFactory.create(name="Harbourlines")
    for name in ("Aurora", "Borealis"):
        RelationshipFactory.create(client=client, partner__pdm=pdm, partner__name=name)
    SubscriptionFactory.create(client=client)
    settle(client)

    answer = signed_in(pdm).get(PAGE)

    assert "US$1,000.00 10.00 Aurora 5.00 Borealis 5.00" in words(answer)
    page = main_of(answer)
    for entry in PointsEntry.objects.select_related("partner"):
        link = f'href="/receipts/points/{entry.public_id}/" title="5">5.00</a>'
        assert f'{entry.partner.name}</span> <a class="receipt-link" {link}' in page
    assert page.count('href="/receipts/points/') == 2


def test_a_used_up_stock_does_not_hide_the_receipt_of_the_running_one(
    visitor: Browser, partner: Partner
) -> None:
    client = served(partner)
    gone = RelationshipFactory.create(
        partner=partner, client=client, until_on=date(2025, 1, 1),
        from_on=date(2024, 1, 1),
    )  # fmt: skip
    for seq, points in ((8, 1_000_000), (9, -1_000_000)):
        PointsEntryFactory.create(
            partner=partner, managed=True, points=points, source_id=gone.pk, seq=seq
        )
    running = PointsEntry.objects.exclude(source_id=gone.pk).get()

    page = main_of(visitor.get(PAGE))

    assert page.count('href="/receipts/points/') == 1
    assert f'href="/receipts/points/{running.public_id}/"' in page


def test_nothing_leads_to_receipts_for_whom_the_ledger_is_hidden() -> None:
    served(PartnerFactory.create())

    page = signed_in(growth_account("")).get(PAGE)

    assert "US$1,000.00 10.00" in words(page)
    assert "/receipts/" not in main_of(page)


def test_a_former_partner_does_not_see_what_runs_at_the_client_today(
    visitor: Browser, partner: Partner
) -> None:
    former = RelationshipFactory.create(
        partner=partner, client__name="Gone", until_on=date(2026, 1, 1)
    ).client
    RelationshipFactory.create(client=former)  # of somebody else, running
    SubscriptionFactory.create(client=former, currency="EUR")
    served(partner)

    page = words(visitor.get(PAGE))

    assert "formerly – –" in page
    assert "Sum of all rows US$1,000.00" in page
    assert "€" not in page


def test_an_auditor_sees_every_client() -> None:
    ClientFactory.create(name="Of nobody")

    assert "Of nobody" in words(signed_in(UserFactory.create(auditor=True)).get(PAGE))


def test_htmx_gets_the_table_alone(visitor: Browser, partner: Partner) -> None:
    RelationshipFactory.create(partner=partner)

    fragment = visitor.get(
        PAGE, headers={"HX-Request": "true", "HX-Target": "client-table"}
    )

    assert fragment.content.decode().lstrip().startswith('<section id="client-table"')
    assert "HX-Target" in fragment["Vary"]


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"page": str(10**9)}, 400),
        ({"sort": "mrr"}, 400),
        ({"kind": "\x00"}, 200),
        ({"q": "\x00"}, 200),
        ({"q": str(10**30)}, 200),
        ({"on": "2026-01-01"}, 400),
    ],
    ids=repr,
)
def test_hostile_parameters_get_a_clean_answer(
    visitor: Browser, params: dict[str, str], status: int
) -> None:
    assert visitor.get(f"{PAGE}?{urlencode(params)}").status_code == status


@pytest.mark.parametrize("clients", [3, 60])
def test_needs_the_same_queries_whatever_the_size(
    visitor: Browser, partner: Partner, clients: int
) -> None:
    for _number in range(clients):
        client = RelationshipFactory.create(partner=partner).client
        SubscriptionFactory.create(client=client)
    visitor.get(PAGE, {"per_page": "100"})

    queries = count_queries(lambda: visitor.get(PAGE, {"per_page": "100"}))

    # session, account, person; sums, count, clients, subscriptions, relationships; saved
    # views, bell
    assert queries == 8
    assert Relationship.objects.count() == clients


def test_speaks_french(partner: Partner) -> None:
    served(partner, country="DE")

    page = words(browser_of(partner, language="fr").get(PAGE))

    assert "Allemagne" in page
    assert "Points associés à la gestion aujourd’hui" in page
