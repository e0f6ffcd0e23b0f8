"""A growth specialist sees the own territories and the own deals, in every corner."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client as Browser
from django.urls import reverse

from clients.models import Client, Relationship, Subscription, UsageReading
from deals.models import (
    Assignment,
    Deal,
    DealComment,
    DealRequest,
    Proof,
    Registration,
    Specialist,
)
from partners.models import User
from tests.factories import (
    ClientFactory,
    DealFactory,
    RelationshipFactory,
    SubscriptionFactory,
    UserFactory,
)
from tests.factories.registrations import RegistrationFactory
from tests.factories.specialists import (
    SpecialistAreaFactory,
    SpecialistFactory,
    growth_account,
)
from tests.integration.admin.conftest import SignIn, url

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

AT = datetime(2026, 1, 15, 6, tzinfo=UTC)
SCOPED = (
    *(Deal, Client, Registration, DealRequest, Assignment),
    *(Relationship, Subscription, UsageReading),
)


def country_of(code: str, name: str) -> dict[type[Model], Model]:
    """Make a row of everything that is about a client in a country."""
    client = ClientFactory.create(country=code, name=f"{name} client")
    deal = DealFactory.create(client=client, name=f"{name} deal")
    author = UserFactory.create(programme_manager=True)
    DealComment.objects.create(deal=deal, author=author, text=f"{name} note", at=AT)
    return {
        Client: client,
        Deal: deal,
        Registration: RegistrationFactory.create(
            partner=deal.partner, country=code, in_review=True, company=f"{name} AG"
        ),
        DealRequest: DealRequest.objects.create(
            deal=deal, kind="demo", text=name, asked_by=author, asked_at=AT, due_at=AT
        ),
        Assignment: Assignment.objects.create(deal=deal, kind="engineer", from_at=AT),
        Relationship: RelationshipFactory.create(partner=deal.partner, client=client),
        Subscription: SubscriptionFactory.create(client=client, ref=f"{name} sub"),
        UsageReading: UsageReading.objects.create(
            client=client, tool=name, measured_on=AT.date(), activated=True
        ),
    }


@pytest.fixture
def germany(db: None) -> dict[type[Model], Model]:
    return country_of("DE", "German")


@pytest.fixture
def zebra(db: None) -> dict[type[Model], Model]:
    return country_of("KE", "Zebra")


@pytest.fixture
def user(db: None) -> User:
    return growth_account("DE")


@pytest.fixture
def browser(user: User, sign_in: SignIn) -> Browser:
    return sign_in(user)


Rows = dict[type[Model], Model]


def listed(browser: Browser, model: type[Model], **query: Any) -> list[int]:
    answer = browser.get(url(model, "changelist"), query)
    assert "Zebra" not in answer.content.decode().replace("q=Zebra", "").replace(
        'value="Zebra"', ""
    )
    return [row.pk for row in answer.context["cl"].result_list]


def test_lists_and_searches_end_at_the_border(
    browser: Browser, germany: Rows, zebra: Rows
) -> None:
    for model in SCOPED:
        assert (model, listed(browser, model)) == (model, [germany[model].pk])
        assert (model, listed(browser, model, q="Zebra")) == (model, [])


def test_a_row_beyond_the_border_is_like_an_absent_one(
    browser: Browser, germany: Rows, zebra: Rows
) -> None:
    for model in SCOPED:
        for view in ("change", "history"):
            own, foreign, absent = (
                browser.get(url(model, view, pk)).status_code
                for pk in (germany[model].pk, zebra[model].pk, 10**12)
            )
            assert (model, view, own, foreign, absent) == (model, view, 200, 302, 302)


def test_filters_and_autocomplete_offer_nothing_beyond(
    browser: Browser, germany: Rows, zebra: Rows
) -> None:
    for model, field, foreign in (
        (Deal, "client", Client),
        (Assignment, "deal", Deal),
        (DealRequest, "deal", Deal),
        (Relationship, "client", Client),
    ):
        found = browser.get(
            reverse("admin:autocomplete"),
            {
                "app_label": model._meta.app_label,
                "model_name": str(model._meta.model_name),
                "field_name": field,
                "term": "",
            },
        )
        ids = [int(row["id"]) for row in found.json()["results"]]
        assert ids == [germany[foreign].pk]
        query = {f"{field}__id__exact": zebra[foreign].pk}
        assert listed(browser, model, **query) == []


@pytest.mark.parametrize("file", ["deals_csv", "deals_xlsx", "clients_csv"])
def test_files_hold_nothing_beyond(
    file: str, browser: Browser, germany: Rows, zebra: Rows
) -> None:
    if file.endswith("xlsx"):
        # Compressed: the list that it is written from is the one below.
        assert browser.get(reverse(f"portal:{file}")).status_code == 200
        return
    answer: Any = browser.get(reverse(f"portal:{file}"))
    content = b"".join(answer.streaming_content if answer.streaming else [answer.content])

    assert b"German" in content
    assert b"Zebra" not in content


def test_the_pages_of_the_portal_end_at_the_border(
    browser: Browser, germany: Rows, zebra: Rows
) -> None:
    deal, foreign = germany[Deal], zebra[Deal]
    assert isinstance(deal, Deal)
    assert isinstance(foreign, Deal)
    for path in ("/deals/", "/clients/", "/search/?q=zebra", "/deals/board/"):
        answer = browser.get(path)
        assert answer.status_code == 200
        assert "Zebra" not in answer.content.decode(), path

    statuses = [
        browser.get(reverse("deals:detail", args=[each.public_id])).status_code
        for each in (deal, foreign)
    ]
    assert statuses == [200, 404]


def test_an_action_does_not_reach_beyond(
    browser: Browser, germany: Rows, zebra: Rows
) -> None:
    for rows in (germany, zebra):
        browser.post(
            url(Deal, "changelist"),
            {
                "action": "record_proof",
                "_selected_action": rows[Deal].pk,
                "apply": "1",
                "poi_on": "2026-01-05",
            },
        )
        browser.post(
            url(Registration, "changelist"),
            {
                "action": "approve",
                "_selected_action": rows[Registration].pk,
                "apply": "1",
            },
        )

    assert [proof.deal for proof in Proof.objects.all()] == [germany[Deal]]
    accepted = Registration.objects.filter(state="accepted")
    assert list(accepted) == [germany[Registration]]


def test_what_is_assigned_is_seen_wherever_it_is(
    browser: Browser, user: User, germany: Rows, zebra: Rows
) -> None:
    specialist = Specialist.objects.get(user=user)
    given = Assignment.objects.create(
        deal_id=zebra[Deal].pk, kind="growth", specialist=specialist, from_at=AT
    )
    address = url(Deal, "change", zebra[Deal].pk)
    client = url(Client, "change", zebra[Client].pk)

    assert browser.get(address).status_code == browser.get(client).status_code == 200
    # The other deals of that country are not theirs, nor is what others asked for.
    assert browser.get(
        url(Registration, "change", zebra[Registration].pk)
    ).status_code == 302  # fmt: skip

    Assignment.objects.filter(pk=given.pk).update(ended_at=AT)
    assert browser.get(address).status_code == 302


def test_without_a_row_as_a_specialist_there_is_nothing(
    germany: Rows, sign_in: SignIn
) -> None:
    browser = sign_in(UserFactory.create(growth_specialist=True))

    for model in SCOPED:
        assert listed(browser, model) == []


def test_an_area_without_a_territory_is_everywhere(
    germany: Rows, zebra: Rows, sign_in: SignIn
) -> None:
    browser = sign_in(growth_account(""))

    answer = browser.get(url(Deal, "changelist"))
    assert answer.context["cl"].result_count == 2


@pytest.mark.parametrize("case", ["inactive", "product", "of somebody else"])
def test_what_is_no_area_of_theirs_shows_nothing(
    case: str, germany: Rows, sign_in: SignIn
) -> None:
    user = UserFactory.create(growth_specialist=True)
    specialist = SpecialistFactory.create(
        user=None if case == "of somebody else" else user,
        active=case != "inactive",
        kind="product" if case == "product" else "growth",
    )
    SpecialistAreaFactory.create(specialist=specialist)

    assert listed(sign_in(user), Deal) == []


def test_an_area_that_is_taken_away_counts_on_the_next_request(
    browser: Browser, user: User, germany: Rows, as_manager: Browser
) -> None:
    area = Specialist.objects.get(user=user).areas.get()
    assert listed(browser, Deal) == [germany[Deal].pk]

    as_manager.post(
        url(area, "changelist"),
        {"action": "remove", "_selected_action": area.pk, "apply": "1"},
    )

    assert listed(browser, Deal) == []
