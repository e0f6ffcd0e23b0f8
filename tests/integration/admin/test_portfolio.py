"""A manager sees the own portfolio and nothing else, in every corner."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.test import Client as Browser
from django.urls import reverse

from clients.models import Client, Relationship
from commissions.models import Schedule
from deals.models import Deal
from partners.models import (
    Accreditation,
    Partner,
    Person,
    PointsEntry,
    Snapshot,
    Standing,
    TierChange,
    User,
)
from tests.factories import RelationshipFactory, UserFactory
from tests.integration.admin.conftest import ZEBRA, Portfolio, SignIn, pages, url

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

OF_A_PORTFOLIO = [
    page.model for page in pages() if page.opts.label_lower not in {
        "partners.user", "partners.rulebookedition", "commissions.fxrate",
        "partners.rulebookrehearsal", "partners.rehearsalrow", "deals.prospectsignal",
        "deals.specialist", "deals.specialistarea", "deals.specialistabsence",
        "commissions.payoutrun",  # payments of all partners: finance's alone
    }
]  # fmt: skip
NO_ROW = 10**12
CHANGING = re.compile(
    r'name="csrfmiddlewaretoken" value="[^"]*"|partner__id__exact=[0-9]+'
)


def says_of(browser: Browser, address: str, number: int) -> tuple[int, str, str]:
    """Return status, target and messages of an answer, without the id asked for."""
    answer = browser.get(address)
    new = answer.wsgi_request._messages._queued_messages  # type: ignore[attr-defined]
    words = " ".join(str(message) for message in new)
    return (
        answer.status_code,
        answer.get("Location", "").replace(str(number), "ID"),
        words.replace(f"“{number}”", "ID"),
    )


def own_rows(mine: Portfolio) -> dict[type[Model], list[int]]:
    """Return model → the rows of a portfolio that its manager sees in a list, sorted."""
    sold = Schedule.objects.filter(partner=mine.partner).order_by("pk")
    return {model: [mine.rows[model].pk] for model in OF_A_PORTFOLIO} | {
        # Several rest on sales of their own.
        Schedule: list(sold.values_list("pk", flat=True)),
        Deal: sorted({mine.deal.pk, *sold.values_list("deal_id", flat=True)}),
    }


# One test for all models, each named in what is compared: two portfolios with a row of
# everything take longer to make than to look through.


def test_lists_show_own_rows_only(
    as_pdm: Browser, mine: Portfolio, theirs: Portfolio
) -> None:
    own = own_rows(mine)

    for model in OF_A_PORTFOLIO:
        answer = as_pdm.get(url(model, "changelist"))
        shown = sorted(row.pk for row in answer.context["cl"].result_list)

        assert (model, shown) == (model, own[model])
        assert ZEBRA not in answer.content.decode(), model


def test_points_of_lists_lead_to_receipts_that_open(
    as_pdm: Browser, mine: Portfolio
) -> None:
    numbers = ("total", "sourced", "assisted", "managed")
    expected = {
        Partner: ("total",), Standing: numbers, Snapshot: numbers,
    }  # fmt: skip
    for model, shown in expected.items():
        page = as_pdm.get(url(model, "changelist")).content.decode()
        links = re.findall(r'href="(/receipts/[^"]+)">[\d.]+</a>', page)

        start = f"/receipts/{mine.partner.public_id}"
        days = [link.partition("?")[0] for link in links]
        assert days == [f"{start}/{number}/2026-01-15/" for number in shown]
        assert all(as_pdm.get(link, follow=True).status_code == 200 for link in links)
        assert all(("known=" in link) is (model is Snapshot) for link in links)


def test_a_search_for_a_foreign_name_finds_nothing(
    as_pdm: Browser, mine: Portfolio, theirs: Portfolio
) -> None:
    for model in OF_A_PORTFOLIO:
        found = as_pdm.get(url(model, "changelist", q=ZEBRA)).context["cl"]

        assert (model, found.result_count) == (model, 0)


def test_every_order_shows_own_rows_only(
    as_pdm: Browser, mine: Portfolio, theirs: Portfolio
) -> None:
    own = own_rows(mine)

    for page in pages():
        if page.model in OF_A_PORTFOLIO:
            columns = range(len(page.list_display) + 2)
            order = ".".join(f"-{column}" for column in columns)
            answer = as_pdm.get(url(page.model, "changelist", o=order))
            shown = sorted(row.pk for row in answer.context["cl"].result_list)

            assert (page.model, shown) == (page.model, own[page.model])


@pytest.mark.parametrize("view", ["change", "history", "delete"])
def test_a_foreign_object_is_like_one_that_does_not_exist(
    view: str, as_pdm: Browser, mine: Portfolio, theirs: Portfolio
) -> None:
    for model in OF_A_PORTFOLIO:
        foreign = int(theirs.rows[model].pk)
        seen = says_of(as_pdm, url(model, view, foreign), foreign)

        assert seen == says_of(as_pdm, url(model, view, NO_ROW), NO_ROW)
        assert seen[0] != 200


@pytest.mark.parametrize("view", ["change", "history"])
def test_the_own_object_is_shown_without_a_word_of_others(
    view: str, as_pdm: Browser, mine: Portfolio, theirs: Portfolio
) -> None:
    RelationshipFactory.create(partner=theirs.partner, client=mine.client)

    for model in OF_A_PORTFOLIO:
        answer = as_pdm.get(url(model, view, mine.rows[model].pk))

        assert (model, answer.status_code) == (model, 200)
        assert ZEBRA not in answer.content.decode(), model


def test_a_shared_client_hides_who_else_serves_it(
    as_pdm: Browser, mine: Portfolio, theirs: Portfolio
) -> None:
    RelationshipFactory.create(partner=theirs.partner, client=mine.client)

    page = as_pdm.get(url(Client, "change", mine.client.pk))
    listed = as_pdm.get(url(Relationship, "changelist")).context["cl"]

    assert ZEBRA not in page.content.decode()
    assert [row.partner for row in listed.result_list] == [mine.partner]


def test_a_filter_by_a_foreign_partner_is_like_one_by_no_partner(
    as_pdm: Browser, mine: Portfolio, theirs: Portfolio
) -> None:
    for model in (Deal, PointsEntry, TierChange, Person, Accreditation, Relationship):
        shown = []
        for partner in (theirs.partner.pk, NO_ROW):
            answer = as_pdm.get(url(model, "changelist", partner__id__exact=partner))
            page = answer.content.decode()
            shown.append(CHANGING.sub("", page.replace(f'value="{partner}"', "")))
            assert (model, answer.context["cl"].result_count) == (model, 0)

        assert shown[0] == shown[1]


def test_a_filter_by_the_own_partner_names_it(as_pdm: Browser, mine: Portfolio) -> None:
    answer = as_pdm.get(url(Deal, "changelist", partner__id__exact=mine.partner.pk))

    own = Deal.objects.filter(partner=mine.partner).count()
    assert answer.context["cl"].result_count == own
    assert "By partner" in answer.content.decode()


def test_filters_offer_no_other_managers(
    as_pdm: Browser, as_manager: Browser, mine: Portfolio, theirs: Portfolio
) -> None:
    own = as_pdm.get(url(Partner, "changelist")).content.decode()
    whole = as_manager.get(url(Partner, "changelist")).content.decode()

    assert str(theirs.pdm) not in own
    assert str(theirs.pdm) in whole


@pytest.mark.parametrize(
    "query",
    [
        "pdm__email__startswith=a",
        "domain__regex=(a%2B)%2B$",
        "people__email__startswith=ann",
        "deals__client__name=x",
        "name__startswith=Z",
        "pk__in=1,2",
        "standing__sourced__gt=1",
    ],
)
def test_columns_without_a_filter_cannot_be_asked_for(
    query: str, as_manager: Browser, theirs: Portfolio
) -> None:
    assert as_manager.get(f"{url(Partner, 'changelist')}?{query}").status_code == 400


def autocomplete(browser: Browser, model: str, field: str, term: str) -> Any:
    app_label, model_name = model.split(".")
    return browser.get(
        reverse("admin:autocomplete"),
        {
            "app_label": app_label,
            "model_name": model_name,
            "field_name": field,
            "term": term,
        },
    )


@pytest.mark.parametrize(
    ("model", "field"),
    [
        ("partners.person", "partner"),
        ("partners.certification", "person"),
        ("deals.deal", "partner"),
        ("deals.deal", "client"),
        ("clients.relationship", "partner"),
    ],
)
def test_autocomplete_offers_own_rows_only(
    model: str, field: str, as_pdm: Browser, mine: Portfolio, theirs: Portfolio
) -> None:
    everything = autocomplete(as_pdm, model, field, "").json()["results"]
    foreign = autocomplete(as_pdm, model, field, ZEBRA).json()["results"]

    assert len(everything) == 1
    assert foreign == []


def test_autocomplete_offers_no_accounts_to_a_pdm(as_pdm: Browser) -> None:
    assert autocomplete(as_pdm, "partners.partner", "pdm", "").status_code == 403


def test_the_start_page_shows_what_a_pdm_has(
    as_pdm: Browser, mine: Portfolio, theirs: Portfolio
) -> None:
    answer = as_pdm.get(reverse("admin:index"))
    offered = {
        model["object_name"]
        for app in answer.context["app_list"]
        for model in app["models"]
    }

    assert {"Partner", "Deal", "Client"} <= offered
    assert not {"User", "Job", "ImportRun", "Group", "EmailAddress"} & offered
    assert ZEBRA not in answer.content.decode()


def test_own_actions_on_a_partner_that_left_the_portfolio_are_gone(
    as_pdm: Browser, mine: Portfolio, theirs: Portfolio
) -> None:
    for partner in (mine.partner, theirs.partner):
        LogEntry.objects.create(
            user=mine.pdm,
            content_type=ContentType.objects.get_for_model(Partner),
            object_id=str(partner.pk),
            object_repr=str(partner),
            action_flag=CHANGE,
        )

    page = as_pdm.get(reverse("admin:index")).content.decode()

    assert "Mine Partner" in page
    assert ZEBRA not in page


def test_a_new_portfolio_counts_on_the_next_request(
    as_pdm: Browser, mine: Portfolio, theirs: Portfolio
) -> None:
    address = url(Partner, "change", mine.partner.pk)
    assert as_pdm.get(address).status_code == 200

    Partner.objects.filter(pk=mine.partner.pk).update(pdm=theirs.pdm)
    Partner.objects.filter(pk=theirs.partner.pk).update(pdm=mine.pdm)

    assert as_pdm.get(address).status_code == 302
    assert as_pdm.get(url(Partner, "change", theirs.partner.pk)).status_code == 200
    assert as_pdm.get(url(Deal, "change", mine.deal.pk)).status_code == 302


def test_the_way_to_the_portal_does_not_tell_which_ids_exist(
    as_pdm: Browser, mine: Portfolio, theirs: Portfolio
) -> None:
    kind = ContentType.objects.get_for_model(Partner).pk
    for_accounts = ContentType.objects.get_for_model(User).pk

    for object_id in (mine.partner.pk, theirs.partner.pk, NO_ROW, "x", 10**30):
        address = reverse("admin:view_on_site", args=[kind, object_id])
        assert as_pdm.get(address).status_code == 404
    for content_type in (for_accounts, NO_ROW, 10**30, "x"):
        address = reverse("admin:view_on_site", args=[content_type, mine.pdm.pk])
        assert as_pdm.get(address).status_code == 404


def test_the_programme_manager_sees_both(
    as_manager: Browser, mine: Portfolio, theirs: Portfolio
) -> None:
    listed = as_manager.get(url(Partner, "changelist")).context["cl"].result_list

    assert {partner.name for partner in listed} == {"Mine Partner", "Zebra Partner"}


def test_without_a_portfolio_there_is_nothing(
    sign_in: SignIn, mine: Portfolio, theirs: Portfolio
) -> None:
    browser = sign_in(UserFactory.create(pdm=True))

    for model in OF_A_PORTFOLIO:
        assert browser.get(url(model, "changelist")).context["cl"].result_count == 0
