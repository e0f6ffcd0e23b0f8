"""What is posted: fields that were not offered, and ids of other portfolios."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from django.db.models import Model
from django.http import HttpRequest
from django.test import Client as Browser

from deals.models import Deal, LineReduction
from partners.models import Certification, Partner, Person, StaffRole
from partners.permissions import POLICY, Grant
from partners.portfolio import policed
from tests.integration.admin.conftest import Portfolio, everything, url

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

NO_ROW = 10**12
CERTIFICATION = {"kind": "software", "name": "New", "earned_on": "2026-01-01"}


@pytest.fixture
def pdm_adds_certifications(monkeypatch: pytest.MonkeyPatch) -> None:
    """Grant managers what they do not have, to see the form refuse foreign rows."""
    cell = Grant(add=("person", "kind", "name", "earned_on"), change=("person", "name"))
    monkeypatch.setitem(
        POLICY, "partners.certification", {StaffRole.PDM: cell}
    )  # fmt: skip


@pytest.fixture
def pdm_moves_people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        POLICY,
        "partners.person",
        {StaffRole.PDM: Grant(change=("first_name", "last_name", "partner"))},
    )


def inline_forms(**formsets: tuple[int, int]) -> dict[str, str]:
    """Return the management forms of inlines, by prefix: total and initial forms."""
    return {
        f"{prefix}-{name}_FORMS": str(number)
        for prefix, (total, initial) in formsets.items()
        for name, number in (("TOTAL", total), ("INITIAL", initial))
    }


NO_INLINES = inline_forms(
    standing=(0, 0), people=(0, 0), accreditations=(0, 0), tier_changes=(0, 0),
    certifications=(0, 0), lines=(0, 0), transitions=(0, 0), notes=(0, 0), tasks=(0, 0),
    memberships=(0, 0), membership_changes=(0, 0), assignments=(0, 0), proofs=(0, 0),
    motion_steps=(0, 0), proof_requests=(0, 0), requests=(0, 0), comments=(0, 0),
    files=(0, 0), team=(0, 0),
)  # fmt: skip


def test_only_offered_fields_are_stored(as_pdm: Browser, mine: Portfolio) -> None:
    before = Partner.objects.values().get(pk=mine.partner.pk)
    posted = {
        **NO_INLINES, "domain": "mine.example", "name": "Other", "membership": "provider",
        "pdm": "", "payout_currency": "EUR", "elite_invited_on": "2026-01-01",
        "ref": "X", "public_id": "00000000-0000-0000-0000-000000000000",
    }  # fmt: skip

    answer = as_pdm.post(url(Partner, "change", mine.partner.pk), posted)

    assert answer.status_code == 302
    after = Partner.objects.values().get(pk=mine.partner.pk)
    assert after == {**before, "domain": "mine.example"}


def test_a_deal_keeps_what_its_points_rest_on(
    as_manager: Browser, mine: Portfolio
) -> None:
    before = Deal.objects.values().get(pk=mine.deal.pk)
    posted = {
        **NO_INLINES, "name": "Renamed", "stage": "won", "closed_on": "2026-01-01",
        "poi_on": "2026-01-01", "motion": "assisted", "won_growth": "true",
        "registered_on": "2020-01-01",
    }  # fmt: skip

    answer = as_manager.post(url(Deal, "change", mine.deal.pk), posted)

    assert answer.status_code == 302
    assert Deal.objects.values().get(pk=mine.deal.pk) == {**before, "name": "Renamed"}


def test_a_foreign_object_is_not_changed_by_posting_to_its_page(
    as_pdm: Browser, mine: Portfolio, theirs: Portfolio
) -> None:
    before = everything()

    for model, field in ((Partner, "domain"), (Person, "first_name"), (Deal, "name")):
        answers = [
            as_pdm.post(url(model, "change", pk), {**NO_INLINES, field: "x.example"})
            for pk in (theirs.rows[model].pk, NO_ROW)
        ]
        assert [answer.status_code for answer in answers] == [302, 302]
        assert [answer["Location"] for answer in answers] == ["/admin/", "/admin/"]

    assert everything() == before


@pytest.mark.usefixtures("pdm_adds_certifications")
def test_a_foreign_id_in_a_relation_is_refused_like_an_absent_one(
    as_pdm: Browser, mine: Portfolio, theirs: Portfolio
) -> None:
    def errors(person: int) -> Mapping[str, Any]:
        posted = {**CERTIFICATION, "person": person}
        answer = as_pdm.post(url(Certification, "add"), posted)
        assert answer.status_code == 200
        found: Mapping[str, Any] = answer.context["adminform"].form.errors
        return found

    assert errors(theirs.person.pk) == errors(NO_ROW) != {}
    assert as_pdm.post(
        url(Certification, "add"), {**CERTIFICATION, "person": mine.person.pk}
    ).status_code == 302  # fmt: skip
    assert Certification.objects.get(name="New").person == mine.person


@pytest.mark.usefixtures("pdm_adds_certifications")
def test_a_refused_form_does_not_name_the_foreign_row(
    as_pdm: Browser, mine: Portfolio, theirs: Portfolio
) -> None:
    posted = {**CERTIFICATION, "person": theirs.person.pk}

    page = as_pdm.post(url(Certification, "add"), posted).content.decode()

    assert theirs.person.last_name not in page


@pytest.mark.usefixtures("pdm_adds_certifications")
def test_what_leaves_the_portfolio_is_not_stored_even_if_a_form_let_it_through(
    as_pdm: Browser, mine: Portfolio, theirs: Portfolio, monkeypatch: pytest.MonkeyPatch
) -> None:
    def all_rows(_site: object, _request: HttpRequest, model: type[Model]) -> Any:
        return model._default_manager.all()

    monkeypatch.setattr(policed, "policy_queryset", all_rows)
    before = everything()
    own = mine.rows[Certification]

    answers = [
        as_pdm.post(
            url(Certification, "add"), {**CERTIFICATION, "person": theirs.person.pk}
        ),
        as_pdm.post(
            url(Certification, "change", own.pk),
            {"name": "Moved", "person": theirs.person.pk},
        ),
    ]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert everything() == before


def posted_person(person: Person, **fields: Any) -> dict[str, Any]:
    """Return the form of a partner's page with one row of people."""
    return {
        **NO_INLINES,
        **inline_forms(people=(1, 1)),
        "domain": "",
        "people-0-id": person.pk,
        "people-0-partner": person.partner_id,
        **{f"people-0-{name}": value for name, value in fields.items()},
    }


def test_an_inline_changes_own_people(as_pdm: Browser, mine: Portfolio) -> None:
    posted = posted_person(
        mine.person, first_name="Grace", last_name="Mine", role="finance", left_on="",
        user=mine.pdm.pk,
    )  # fmt: skip

    answer = as_pdm.post(url(Partner, "change", mine.partner.pk), posted)

    assert answer.status_code == 302
    person = Person.objects.get(pk=mine.person.pk)
    assert (person.first_name, person.role, person.user) == ("Grace", "owner", None)


def test_an_inline_takes_a_foreign_row_like_an_absent_one(
    as_pdm: Browser, mine: Portfolio, theirs: Portfolio
) -> None:
    before = everything()
    said = []
    for person in (theirs.person.pk, NO_ROW, 10**30, "x"):
        posted = posted_person(theirs.person, first_name="Stolen", last_name="x")
        posted |= {"people-0-id": person, "people-0-partner": mine.partner.pk}
        answer = as_pdm.post(url(Partner, "change", mine.partner.pk), posted)
        [people] = [
            inline.formset
            for inline in answer.context["inline_admin_formsets"]
            if inline.formset.prefix == "people"
        ]
        said.append((answer.status_code, str(people.errors)))

    assert said == [said[0]] * 4
    assert said[0][0] == 200
    assert everything() == before


def test_an_inline_takes_no_row_under_a_foreign_partner(
    as_pdm: Browser, mine: Portfolio, theirs: Portfolio
) -> None:
    before = everything()
    posted = posted_person(theirs.person, first_name="Stolen", last_name="x")

    answer = as_pdm.post(url(Partner, "change", mine.partner.pk), posted)

    assert answer.status_code == 200
    assert everything() == before


@pytest.mark.usefixtures("pdm_moves_people")
def test_an_inline_moves_nobody_to_a_foreign_partner(
    as_pdm: Browser, mine: Portfolio, theirs: Portfolio
) -> None:
    posted = posted_person(mine.person, first_name="Ada", last_name="Moved")
    posted["people-0-partner"] = theirs.partner.pk

    as_pdm.post(url(Partner, "change", mine.partner.pk), posted)

    assert Person.objects.get(pk=mine.person.pk).partner == mine.partner


def test_inlines_add_and_delete_nothing(as_manager: Browser, mine: Portfolio) -> None:
    before = everything()
    posted = {
        **posted_person(mine.person, first_name="Ada", last_name="Mine", role="owner"),
        **inline_forms(people=(2, 1)),
        **{f"people-1-{name}": "new" for name in ("first_name", "last_name")},
        "people-1-email": "new@mine.example",
        "people-1-role": "owner",
        "people-1-partner": mine.partner.pk,
        "people-0-DELETE": "on",
        "name": mine.partner.name,
        "membership": "partner",
        "country": "US",
        "payout_currency": "USD",
        "pdm": mine.pdm.pk,
    }

    as_manager.post(url(Partner, "change", mine.partner.pk), posted)

    assert everything()["partners.Person"] == before["partners.Person"]


WON = {"apply": "1", "closed_on": "2026-01-05", "poi_on": "2026-01-05"}


def act(browser: Browser, action: str, *deals: int, **posted: Any) -> Any:
    return browser.post(
        url(Deal, "changelist"),
        {"action": action, "_selected_action": deals, **posted},
    )


@pytest.mark.parametrize("action", ["mark_won", "mark_lost", "cancel", "downgrade"])
def test_an_action_does_not_reach_a_foreign_deal(
    action: str, as_pdm: Browser, mine: Portfolio, theirs: Portfolio
) -> None:
    before = everything()

    asked = act(as_pdm, action, theirs.deal.pk)
    given = {"on": "2026-01-05", "note": "", "reason": "price"}
    done = act(as_pdm, action, theirs.deal.pk, **WON, **given)

    assert theirs.deal.name not in asked.content.decode()
    assert done.status_code == 302
    assert everything() == before


def test_everything_selected_is_everything_of_mine(
    as_pdm: Browser, mine: Portfolio, theirs: Portfolio
) -> None:
    act(as_pdm, "mark_won", mine.deal.pk, theirs.deal.pk, select_across="1", **WON)

    assert Deal.objects.get(pk=mine.deal.pk).stage == "won"
    assert Deal.objects.get(pk=theirs.deal.pk).stage == "registered"


def test_a_downgrade_takes_no_line_of_another_deal(
    as_pdm: Browser, mine: Portfolio, theirs: Portfolio
) -> None:
    act(as_pdm, "mark_won", mine.deal.pk, **WON)

    answers = [
        act(
            as_pdm, "downgrade", mine.deal.pk, apply="1", on="2026-01-06",
            remaining="1.00", line=line,
        )
        for line in (theirs.line.pk, NO_ROW)
    ]  # fmt: skip

    assert [answer.status_code for answer in answers] == [422, 422]
    assert not LineReduction.objects.exists()


def test_an_action_that_is_not_granted_does_not_exist(
    as_pdm: Browser, mine: Portfolio
) -> None:
    before = everything()

    for model, action in (
        (Partner, "assign_pdm"),
        (Partner, "delete_selected"),
        (Person, "open_account"),
        (Deal, "delete_selected"),
        (Deal, "save_model"),
    ):
        as_pdm.post(
            url(model, "changelist"),
            {
                "action": action,
                "_selected_action": mine.rows[model].pk,
                "apply": "1",
                "post": "yes",
                "manager": mine.pdm.pk,
            },
        )

    assert everything() == before
