"""Two partners work with one client, one after the other: each reads its own words.

What a partner types at a registration (the company's name, its domains, its segment) is
shown to this partner and to the vendor alone, wherever the client's record is shown.
"""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps

from clients.models import Client, ClientDomain
from deals import services
from deals.models import Deal, ProspectSignal, Registration, SignalSubscription
from deals.services.registrations.registering import submit
from partners.models import Notification, User
from partners.notifications import words_of
from tests.factories import (
    DealFactory,
    DealLineFactory,
    RelationshipFactory,
    SubscriptionFactory,
    UserFactory,
)
from tests.factories.registrations import RegistrationFactory
from tests.factories.specialists import (
    SpecialistAreaFactory,
    SpecialistFactory,
)
from tests.integration.pages import NOON, TODAY, account_of, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOON, tick=False)]

THEIRS = "Zephyrine Secret Ventures"
MINE = "Quillon Works"
HIDDEN = "hidden-project.com"


def registered(company: str, domains: list[str], segment: str) -> Registration:
    draft = RegistrationFactory.create(
        company=company, domains=domains, segment=segment, name=f"{company} project"
    )
    found = submit(registration_id=draft.pk, actor=draft.created_by, at=NOON, today=TODAY)
    assert found.deal is not None, found.conflicts
    return found


@pytest.fixture
def theirs() -> Registration:
    """Return what another partner registered first, and gave up."""
    for segment in ("enterprise", "small"):
        specialist = SpecialistFactory.create(name=f"For {segment}")
        SpecialistAreaFactory.create(specialist=specialist, segment=segment)
    first = registered(THEIRS, [HIDDEN, "common.com"], "enterprise")
    assert first.deal is not None
    services.withdraw_deal(
        deal_id=first.deal.pk, on=TODAY, note="", actor=first.created_by, at=NOON
    )
    return first


@pytest.fixture
def mine(theirs: Registration) -> Registration:
    """Return what was registered next: the same client, known by one of the domains."""
    second = registered(MINE, ["common.com", "quillon.com"], "small")
    assert (second.client, second.partner != theirs.partner) == (theirs.client, True)
    return second


@pytest.fixture
def deal(mine: Registration) -> Deal:
    assert mine.deal is not None
    return mine.deal


@pytest.fixture
def seller(mine: Registration) -> User:
    """Return an owner who also serves the client, as an import says."""
    RelationshipFactory.create(
        partner=mine.partner, client=mine.client, kind="managed",
        from_on=TODAY - timedelta(days=90),
    )  # fmt: skip
    SubscriptionFactory.create(
        client=mine.client, from_on=TODAY - timedelta(days=90),
        renews_on=TODAY + timedelta(days=40),
    )  # fmt: skip
    return account_of(mine.partner)


def pages_of(deal: Deal, registration: Registration) -> list[str]:
    client = deal.client
    return [
        *("/", "/deals/", "/deals/?sort=client", "/deals/board/", "/deals/forecast/"),
        *(f"/deals/{deal.public_id}/", "/deals/what-if/", "/deals/registrations/"),
        f"/deals/registrations/{registration.public_id}/",
        f"/deals/registrations/{registration.public_id}/receipt/",
        f"/deals/register/?client={client.public_id}",
        f"/deals/register/?deal={deal.public_id}",
        *("/clients/", "/clients/?q=C-", "/deals/deals.csv", "/clients/clients.csv"),
        *("/points/", "/notifications/", "/company/log/entries.csv", "/search/?q=common"),
        *(f"/search/?q={THEIRS[:5]}", f"/search/?q={HIDDEN[:6]}"),
        *(f"/deals/?q={THEIRS[:5]}", f"/clients/?q={THEIRS[:5]}"),
    ]


def said(browser: Any, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code in {200, 302}, path
    text: str = (
        b"".join(answer.streaming_content) if answer.streaming else answer.content
    ).decode()
    # What one has just asked for is repeated.
    return text.replace(f"q={THEIRS[:5]}", "").replace(f'value="{THEIRS[:5]}"', "")


def test_no_page_shows_what_another_company_typed(
    mine: Registration, deal: Deal, seller: User
) -> None:
    browser, leaks, named = signed_in(seller), [], 0
    for path in pages_of(deal, mine):
        text = said(browser, path)
        named += MINE in text
        leaks += [
            (path, word) for word in (THEIRS, HIDDEN) if word.lower() in text.lower()
        ]
    assert leaks == []
    # Looked at: the deal is called as this company calls it.
    assert named >= 8


def test_who_was_first_reads_nothing_of_who_came_next(
    theirs: Registration, mine: Registration
) -> None:
    assert theirs.deal is not None
    browser = signed_in(account_of(theirs.partner))
    for path in pages_of(theirs.deal, theirs):
        if "client=" in path:  # no relationship, no client
            continue
        text = said(browser, path)
        assert MINE not in text, path
        assert "quillon" not in text, path
    assert THEIRS in said(browser, f"/deals/{theirs.deal.public_id}/")


def test_the_record_says_nothing_that_was_typed(mine: Registration) -> None:
    client = mine.client
    assert client is not None
    assert (client.name, client.segment) == (client.ref, "")
    # Staff know it by its domain, and call it something as soon as they like.
    assert (str(client), client.known_as) == (client.ref, HIDDEN)
    client.name = "Zephyr Group"
    assert client.known_as == "Zephyr Group"


def test_the_segment_is_the_one_the_partner_registered(deal: Deal) -> None:
    growth = deal.assignments.get(kind="growth")

    assert growth.facts["segment"] == "small"
    assert growth.specialist is not None
    assert growth.specialist.name == "For small"


def test_a_draft_for_the_client_begins_with_ones_own_words(
    mine: Registration, seller: User
) -> None:
    assert mine.client is not None
    page = said(signed_in(seller), f"/deals/register/?client={mine.client.public_id}")

    assert f'value="{MINE}"' in page
    assert "quillon.com" in page

    signed_in(seller).post(
        f"/deals/register/?client={mine.client.public_id}",
        {"company": MINE, "country": "DE", "domains": "common.com"},
    )
    draft = Registration.objects.get(state="draft")
    assert (draft.client, draft.segment) == (mine.client, "")


def test_deals_are_in_the_order_of_what_one_calls_the_client(
    deal: Deal, seller: User
) -> None:
    """By the hidden name the place would tell its first letters."""
    for name in ("Adder", "Ruby"):
        imported = DealFactory.create(
            partner=deal.partner, name=f"With {name}", client__name=name
        )
        DealLineFactory.create(deal=imported)

    page = said(signed_in(seller), "/deals/?sort=client")

    places = [page.index(word) for word in ("With Adder", deal.name, "With Ruby")]
    assert places == sorted(places)


def test_news_call_the_client_as_the_reader_does(deal: Deal, seller: User) -> None:
    manager = UserFactory.create(programme_manager=True)
    services.lose_deal(
        deal_id=deal.pk, closed_on=TODAY, reason="price", note="", actor=manager, at=NOON
    )

    told = Notification.objects.filter(partner=deal.partner)
    texts = [str(words_of(each)) for each in told]

    assert any(MINE in text for text in texts)
    assert not any(THEIRS in text or HIDDEN in text for text in texts)


def test_a_signal_of_a_domain_that_another_company_typed_tells_nothing(
    deal: Deal, seller: User
) -> None:
    deal.team.create(user=seller, added_at=NOON)
    SignalSubscription.objects.create(user=seller, since_at=NOON)

    for number, domain in enumerate((HIDDEN, "quillon.com")):
        services.receive_signal(
            external_id=str(number), domain=domain, happened_at=NOON, entered_by=None,
            at=NOON,
        )  # fmt: skip

    news = Notification.objects.filter(kind="deals.prospect_signed_up")
    assert [each.facts["domain"] for each in news] == ["quillon.com"]
    assert ProspectSignal.objects.get(domain=HIDDEN).deals == []


def test_the_domains_of_the_vendor_tell_all_who_work_there(seller: User) -> None:
    known = DealFactory.create(partner=seller.partner)
    ClientDomain.objects.create(client=known.client, name="vendors.com")
    known.team.create(user=seller, added_at=NOON)
    SignalSubscription.objects.create(user=seller, since_at=NOON)

    services.receive_signal(
        external_id="9", domain="vendors.com", happened_at=NOON, entered_by=None, at=NOON
    )

    assert Notification.objects.filter(kind="deals.prospect_signed_up").count() == 1


def test_what_was_typed_before_moves_to_the_deal(mine: Registration, deal: Deal) -> None:
    """As the migration finds a client of before; the vendor's own names stay."""
    Deal.objects.filter(pk=deal.pk).update(client_name="")
    vendors = DealFactory.create(client__name="Vendor's name", client__segment="small")
    accepted = RegistrationFactory.create(
        state="accepted", deal=vendors, client=vendors.client, company="Typed"
    )
    Client.objects.filter(pk=deal.client_id).update(name=MINE, segment="small")
    migration = import_module("deals.migrations.0005_client_names_and_lateness")

    migration.take_names(apps, None)

    for each in (deal, vendors):
        each.refresh_from_db()
        each.client.refresh_from_db()
    assert (deal.client_name, deal.client.name) == (MINE, deal.client.ref)
    assert deal.client.segment == ""
    assert vendors.client_name == accepted.company
    assert (vendors.client.name, vendors.client.segment) == ("Vendor's name", "small")
