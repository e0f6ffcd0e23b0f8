"""The way of an edition in the back office: draft, edit, rehearse, read, publish."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import Client as Browser
from django.urls import reverse

from outbox.services import run_due
from partners.admin.rulebook_forms import EditionForm
from partners.models import RulebookEdition, RulebookRehearsal, User
from partners.portfolio.acts import APPLY
from program.rulebook import parse_rulebook
from tests.factories import DraftFactory, RehearsalRowFactory, UserFactory
from tests.integration.pages import NOON, signed_in, words
from tests.integration.rulebook.conftest import RAISED, draft, partner_with

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOON, tick=False)]
State = RulebookEdition.State

LIST = "/admin/partners/rulebookedition/"


def act(browser: Browser, action: str, edition: RulebookEdition, **data: Any) -> Any:
    posted = {"action": action, ACTION_CHECKBOX_NAME: str(edition.pk), **data}
    return browser.post(LIST, posted, follow=True)


def confirm(browser: Browser, action: str, edition: RulebookEdition, **data: Any) -> Any:
    return act(browser, action, edition, **{APPLY: "1"}, **data)


def filled(edition: RulebookEdition, **changes: str) -> dict[str, str]:
    """Return what the form posts when nothing but `changes` is filled in."""
    form = EditionForm(document=edition.document, sha256=edition.sha256)
    data = {}
    for name, field in form.fields.items():
        value = form.get_initial_for_field(field, name)
        data[name] = value.isoformat() if isinstance(value, date) else str(value or "")
    return data | {name.replace("__", "."): value for name, value in changes.items()}


def edit_url(edition: RulebookEdition) -> str:
    return reverse("admin:partners_rulebookedition_edit", args=[edition.pk])


@pytest.fixture
def manager(author: User) -> Browser:
    return signed_in(author)


def test_from_a_draft_to_a_published_edition(
    manager: Browser, author: User, second: User
) -> None:
    partner_with(sourced=120, managed=300, name="Falling")
    newest = RulebookEdition.objects.get(code="2025-B")

    made = confirm(
        manager,
        "draft",
        newest,
        code="2027-A",
        title="Next",
        title_fr="La prochaine",
        effective_on="2027-01-16",
    )
    edition = RulebookEdition.objects.get(code="2027-A")
    assert made.redirect_chain[-1][0] == edit_url(edition)
    manager.post(edit_url(edition), filled(edition, tiers__thresholds__gold__sold="150"))
    act(manager, "rehearse", edition)
    run_due()
    rehearsal = RulebookRehearsal.objects.get()
    page = reverse("admin:partners_rulebookrehearsal_change", args=[rehearsal.pk])
    said = words(manager.get(page))
    assert "Gold asks for 150.00 sold points instead of 110.00; 120.00 count." in said
    assert "Falling" in said
    assert "Who wrote" in words(confirm(manager, "publish", edition, checked="on"))
    confirm(signed_in(second), "publish", edition, checked="on")

    edition.refresh_from_db()
    assert (edition.state, edition.approver) == (State.PUBLISHED, second)
    assert parse_rulebook(edition.document).table.rows[-1].sold_minimum == 150_000_000


def test_publishing_asks_whether_somebody_looked(second: User, author: User) -> None:
    edition = DraftFactory.create(author=author, rehearsed=True)
    browser = signed_in(second)

    assert act(browser, "publish", edition).status_code == 200
    assert confirm(browser, "publish", edition).status_code == 422
    edition.refresh_from_db()
    assert edition.state == State.REHEARSED


def test_the_form_without_a_change_changes_nothing(
    manager: Browser, author: User
) -> None:
    edition = draft(author)

    answer = manager.post(edit_url(edition), filled(edition))

    assert answer.status_code == 302
    after = RulebookEdition.objects.get(pk=edition.pk)
    assert after.document == edition.document


def test_units_and_markets_come_and_go(manager: Browser, author: User) -> None:
    edition = draft(author)
    asia = filled(edition)["growth.asia"].replace("TH", "IT")

    manager.post(
        edit_url(edition),
        filled(
            edition,
            points__units__ZAR="",
            new_currency="chf",
            new_unit="90.50",
            growth__asia=asia,
        ),
    )

    rulebook = parse_rulebook(RulebookEdition.objects.get(pk=edition.pk).document)
    assert rulebook.points.units["CHF"] == 9_050
    assert "ZAR" not in rulebook.points.units
    assert (rulebook.is_growth("IT"), rulebook.is_growth("TH")) == (True, False)
    assert rulebook.growth["IT"].name_fr == "Italie"


def errors_of(answer: Any) -> set[str]:
    assert answer.status_code == 422
    return set(answer.context["form"].errors)


def test_each_error_stands_at_its_value(manager: Browser, author: User) -> None:
    edition = draft(author)

    answer = manager.post(
        edit_url(edition),
        filled(
            edition,
            commission__rate="120 %",
            points__rates__sourced="five",
            tiers__thresholds__gold__sold="400",
            edition__effective_on="2026-01-01",
        ),
    )

    assert errors_of(answer) == {
        "commission.rate",
        "points.rates.sourced",
        "tiers.thresholds.platinum.sold",
    }
    page = answer.content.decode()
    assert 'href="#id_commission.rate"' in page
    assert "is more than 100 %" in page


HOSTILE = ["", "\x00", "\u202e", '"', "' OR 1=1 --", "]\n[x]", "9" * 5_000, "<script>"]


def test_hostile_values_in_every_field(manager: Browser, author: User) -> None:
    edition = draft(author)
    names = [name for name in filled(edition) if name != "sha256"]

    for value in HOSTILE:
        data = dict.fromkeys(names, value) | {"sha256": edition.sha256}
        answer = manager.post(edit_url(edition), data)

        assert answer.status_code == 422, ascii(value[:20])
        assert "<script>" not in answer.content.decode().partition("<form")[2]
    assert RulebookEdition.objects.get(pk=edition.pk).document == edition.document


@pytest.mark.hostile
@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: ascii(value[:12]))
@pytest.mark.parametrize("name", ["new_currency", "new_unit", "growth.asia", "sha256"])
def test_hostile_values_in_the_fields_that_add(
    name: str, value: str, manager: Browser, author: User
) -> None:
    edition = draft(author)
    data = filled(edition, new_currency="CHF", new_unit="90") | {name: value}

    status = manager.post(edit_url(edition), data).status_code

    stored = RulebookEdition.objects.get(pk=edition.pk)
    assert status in {302, 422}
    assert parse_rulebook(stored.document).points.units.get("CHF") in {None, 9_000}


def test_a_territory_in_two_regions_is_refused(manager: Browser, author: User) -> None:
    edition = draft(author)

    answer = manager.post(edit_url(edition), filled(edition, growth__asia="FR PL XX"))
    assert errors_of(answer) == {"growth.asia"}
    answer = manager.post(edit_url(edition), filled(edition, growth__asia="FR PL"))
    assert "growth.eastern_europe" in errors_of(answer)


def test_what_somebody_else_changed_is_not_overwritten(
    manager: Browser, author: User
) -> None:
    edition = draft(author)
    data = filled(edition, proof__grace_days="7")
    manager.post(edit_url(edition), filled(edition, proof__max_age_days="60"))

    answer = manager.post(edit_url(edition), data, follow=True)

    assert "Somebody has changed this draft meanwhile." in words(answer)
    rulebook = parse_rulebook(RulebookEdition.objects.get(pk=edition.pk).document)
    assert (rulebook.proof.max_age_days, rulebook.proof.grace_days) == (60, 14)


# --- For whom ---------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["pdm", "finance", "growth_specialist", "auditor"])
def test_others_read_and_do_nothing(role: str, author: User) -> None:
    edition = draft(author)
    browser = signed_in(UserFactory.create(**{role: True}))

    assert browser.get(edit_url(edition)).status_code == 403
    assert browser.post(edit_url(edition), filled(edition)).status_code == 403
    for action in ("draft", "edit", "rehearse", "publish", "withdraw"):
        confirm(browser, action, edition, reason="x", checked="on")
    edition.refresh_from_db()
    assert edition.state == State.DRAFT
    assert not RulebookRehearsal.objects.exists()


def test_only_a_draft_that_exists_is_edited(manager: Browser) -> None:
    published = RulebookEdition.objects.get(code="2025-B")

    for pk in (published.pk, 10**12, 10**30):
        address = reverse("admin:partners_rulebookedition_edit", args=[pk])
        assert manager.get(address).status_code == 404


def test_a_draft_is_withdrawn_with_a_reason(manager: Browser, author: User) -> None:
    edition = draft(author)

    assert confirm(manager, "withdraw", edition, reason="").status_code == 422
    confirm(manager, "withdraw", edition, reason="Not needed")

    edition.refresh_from_db()
    assert edition.state == State.WITHDRAWN


# --- The rehearsal ----------------------------------------------------------------------


def test_a_running_rehearsal_says_how_far_it_is(manager: Browser, author: User) -> None:
    partner_with()
    edition = draft(author, values=RAISED)
    act(manager, "rehearse", edition)
    rehearsal = RulebookRehearsal.objects.get()
    page = reverse("admin:partners_rulebookrehearsal_change", args=[rehearsal.pk])

    said = words(manager.get(page))

    assert "0 of 1 partners so far" in said
    run_due()
    assert "all 1 partners, done" in words(manager.get(page))


def csv_of(rehearsal: RulebookRehearsal) -> str:
    return reverse("admin:partners_rulebookrehearsal_csv", args=[rehearsal.pk])


def test_the_whole_rehearsal_as_a_file(manager: Browser, author: User) -> None:
    partner_with(sourced=120, managed=300, name="=Falling", ref="P-1")
    partner_with(sourced=160, managed=300, name="Staying", ref="P-2")
    act(manager, "rehearse", draft(author, values=RAISED))
    run_due()

    answer = manager.get(csv_of(RulebookRehearsal.objects.get()))

    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert lines[1:] == [
        (
            "P-1,'=Falling,Falls,Gold,No tier,"
            "Gold asks for 150.00 sold points instead of 110.00; 120.00 count.,"
            "120,0,300,2026-11-23"
        ),
        "P-2,Staying,Stays,Gold,Gold,,160,0,300,2026-11-23",
    ]


@pytest.mark.parametrize(
    ("role", "status"),
    [("auditor", 200), ("pdm", 403), ("finance", 403), ("growth_specialist", 403)],
)
def test_the_file_is_for_those_who_see_rehearsals(role: str, status: int) -> None:
    rehearsal = RehearsalRowFactory.create().rehearsal
    browser = signed_in(UserFactory.create(**{role: True}))

    assert browser.get(csv_of(rehearsal)).status_code == status


def test_a_rehearsal_that_does_not_exist(manager: Browser) -> None:
    for pk in (10**12, 10**30):
        address = reverse("admin:partners_rulebookrehearsal_csv", args=[pk])
        assert manager.get(address).status_code == 404


def test_the_list_of_rows_filters_by_what_changes(manager: Browser, author: User) -> None:
    partner_with(sourced=120, managed=300, name="Falling")
    partner_with(sourced=160, managed=300, name="Staying")
    act(manager, "rehearse", draft(author, values=RAISED))
    run_due()
    rehearsal = RulebookRehearsal.objects.get()

    said = words(
        manager.get(
            "/admin/partners/rehearsalrow/",
            {"rehearsal__id__exact": str(rehearsal.pk), "change__exact": "falls"},
        )
    )

    assert "Falling" in said
    assert "Staying" not in said
