"""One field for everything: what is found, by whom, and at what cost."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from partners.models import Partner
from tests.factories import (
    ClientFactory,
    DealFactory,
    PartnerFactory,
    PersonFactory,
    PointsEntryFactory,
    RelationshipFactory,
    UserFactory,
)
from tests.integration.pages import (
    NOON,
    browser_of,
    count_queries,
    main_of,
    signed_in,
    words,
)

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOON, tick=False)]


@pytest.fixture
def partner() -> Partner:
    return PartnerFactory.create(name="Our company")


@pytest.fixture
def visitor(partner: Partner) -> Client:
    return browser_of(partner)


def found(browser: Client, text: str) -> str:
    answer = browser.get("/search/", {"q": text})
    assert answer.status_code == 200
    return main_of(answer)


def test_finds_own_deals_clients_and_entries(visitor: Client, partner: Partner) -> None:
    deal = DealFactory.create(partner=partner, name="Zebra rollout", ref="D-77")
    client = ClientFactory.create(name="Zebra Ltd", ref="C-77")
    RelationshipFactory.create(partner=partner, client=client)
    entry = PointsEntryFactory.create(partner=partner, source_ref="D-77/sales_hub")

    by_name, by_reference = found(visitor, "zebra"), found(visitor, "D-77")

    assert f'href="/deals/{deal.public_id}/"' in by_name
    assert 'href="/clients/?q=C-77"' in by_name
    assert f'href="/deals/{deal.public_id}/"' in by_reference
    assert f'href="/receipts/points/{entry.public_id}/"' in by_reference


def test_finds_nothing_of_another_company(visitor: Client) -> None:
    other = PartnerFactory.create(name="Zebra partners")
    deal = DealFactory.create(partner=other, name="Zebra deal", client__name="Zebra")
    RelationshipFactory.create(partner=other, client=deal.client)
    PersonFactory.create(partner=other, last_name="Zebra")
    PointsEntryFactory.create(partner=other, source_ref="Zebra/x")

    assert "Nothing here is called “zebra”." in words(
        visitor.get("/search/", {"q": "zebra"})
    )


def test_what_begins_with_the_words_comes_first(
    visitor: Client, partner: Partner
) -> None:
    for name in ("Azebra", "The zebra", "Zebra"):
        DealFactory.create(partner=partner, name=name, client__name="Somebody")

    page = found(visitor, "zebra")

    places = [page.index(f">{name}</a>") for name in ("Zebra", "The zebra", "Azebra")]
    assert places == sorted(places)


def test_shows_ten_and_leads_to_all(visitor: Client, partner: Partner) -> None:
    for number in range(11):
        DealFactory.create(partner=partner, name=f"Zebra {number:02}")

    page = found(visitor, "zebra")

    assert "Zebra 09" in page
    assert "Zebra 10" not in page
    assert 'href="/deals/?q=zebra"' in page


def test_finds_rules_benefits_and_pages(visitor: Client) -> None:
    assert "#rules" in found(visitor, "certification")
    assert reverse("benefits:list") in found(visitor, "marketing")
    assert 'href="/clients/"' in found(visitor, "clients")


def test_speaks_french(partner: Partner) -> None:
    assert "/benefits/" in found(browser_of(partner, language="fr"), "partenaires")


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({}, 200),
        ({"q": ""}, 200),
        ({"q": "a"}, 200),
        ({"q": "x" * 100}, 200),
        ({"q": "x" * 101}, 400),
        ({"q": "a\x00b"}, 400),
        ({"q": "a\ud800b"}, 400),
        ({"q": ["aa", "bb"]}, 400),
        ({"q": "aa", "p": "1"}, 400),
        ({"q": "%' OR 1=1 --"}, 200),
        ({"q": "\\_%"}, 200),
    ],
    ids=repr,
)
def test_hostile_words_get_a_clean_answer(
    visitor: Client, params: dict[str, Any], status: int
) -> None:
    if "\ud800" in str(params.get("q")):
        answer = visitor.get("/search/?q=a%ED%A0%80b")
        assert answer.status_code in {200, 400}
        return
    assert visitor.get("/search/", params).status_code == status


def test_a_percent_sign_is_a_character(visitor: Client, partner: Partner) -> None:
    DealFactory.create(partner=partner, name="Zebra")

    assert "Zebra" not in found(visitor, "%zz%")


def test_words_are_text_and_no_markup(visitor: Client) -> None:
    assert "<script>" not in found(visitor, "<script>alert(1)</script>")


def test_one_character_asks_for_more(visitor: Client) -> None:
    assert "at least 2 characters" in words(visitor.get("/search/", {"q": "a"}))


def test_staff_find_pages_of_the_back_office() -> None:
    partner = PartnerFactory.create(name="Zebra partners", with_pdm=True)
    person = PersonFactory.create(partner=partner, last_name="Zebrova")
    deal = DealFactory.create(partner=partner, name="Zebra deal")
    assert partner.pdm

    page = found(signed_in(partner.pdm), "zebr")

    assert f'href="/admin/partners/partner/{partner.pk}/change/"' in page
    assert f'href="/admin/partners/person/{person.pk}/change/"' in page
    assert f'href="/admin/deals/deal/{deal.pk}/change/"' in page


def test_a_manager_finds_the_own_portfolio_alone() -> None:
    partner = PartnerFactory.create(name="Zebra partners")
    DealFactory.create(partner=partner, name="Zebra deal")

    page = words(signed_in(UserFactory.create(pdm=True)).get("/search/", {"q": "zebra"}))

    assert "Nothing here is called" in page


def test_staff_find_no_kind_that_is_hidden_from_their_role() -> None:
    PartnerFactory.create(name="Zebra partners")
    PointsEntryFactory.create(source_ref="Zebra/x")

    page = found(signed_in(UserFactory.create(growth_specialist=True)), "zebra")

    assert "/admin/partners/" not in page


def test_needs_seven_queries_whatever_is_found(visitor: Client, partner: Partner) -> None:
    for number in range(20):
        deal = DealFactory.create(partner=partner, name=f"Zebra {number}")
        RelationshipFactory.create(partner=partner, client=deal.client)
        PointsEntryFactory.create(partner=partner, source_ref=f"Zebra/{number}")
    found(visitor, "zebra")

    queries = count_queries(lambda: found(visitor, "zebra"))

    # session, account, person; deals, registrations, clients, entries, edition; bell
    assert queries <= 7


def test_asking_too_often_is_answered_with_429(visitor: Client, settings: Any) -> None:
    settings.RATE_LIMITS = {"search": "2/m/user"}
    cache.clear()

    answers = [visitor.get("/search/?q=zebra").status_code for _time in range(3)]

    assert answers == [200, 200, 429]


def test_every_page_has_the_field(visitor: Client) -> None:
    page = visitor.get("/deals/").content.decode()

    assert 'action="/search/"' in page
    assert 'aria-keyshortcuts="/"' in page
