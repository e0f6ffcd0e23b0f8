"""Specialists, their areas and absences are data; tasks are given away by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client as Browser

from deals.models import (
    Assignment,
    Specialist,
    SpecialistAbsence,
    SpecialistArea,
)
from partners.models import AuditEntry, User
from tests.factories import UserFactory
from tests.factories.specialists import SpecialistAreaFactory, SpecialistFactory
from tests.integration.admin.conftest import Portfolio, url

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

AT = datetime(2026, 1, 15, 6, tzinfo=UTC)
ANNA = {"kind": "growth", "name": "Anna", "email": "anna@portal.example", "active": "on"}
NO_ROWS = {
    f"{name}-{kind}_FORMS": "0"
    for name in ("areas", "absences")
    for kind in ("TOTAL", "INITIAL")
}


def actions() -> list[str]:
    ours = AuditEntry.objects.filter(action__startswith="deals.")
    return list(ours.order_by("pk").values_list("action", flat=True))


def errors(answer: Any) -> list[str]:
    return sorted(answer.context["adminform"].form.errors)


def test_a_manager_fills_in_who_works_where_and_when_not(
    as_manager: Browser, manager: User
) -> None:
    account = UserFactory.create(growth_specialist=True)

    as_manager.post(url(Specialist, "add"), {**ANNA, "user": account.pk, "capacity": "3"})
    anna = Specialist.objects.get()
    as_manager.post(
        url(SpecialistArea, "add"),
        {"specialist": anna.pk, "territory": "DE", "segment": "", "product_line": ""},
    )
    as_manager.post(
        url(SpecialistAbsence, "add"),
        {"specialist": anna.pk, "from_on": "2026-08-01", "until_on": "2026-08-15"},
    )
    as_manager.post(
        url(Specialist, "change", anna.pk),
        {**ANNA, **NO_ROWS, "name": "Anna B.", "capacity": ""},
    )

    anna.refresh_from_db()
    assert (anna.name, anna.capacity, anna.user) == ("Anna B.", None, None)
    assert anna.areas.get().territory == "DE"
    assert str(anna.absences.get()) == "2026-08-01–2026-08-15"
    assert actions() == [
        "deals.specialist_added", "deals.specialistarea_added",
        "deals.specialistabsence_added", "deals.specialist_edited",
    ]  # fmt: skip
    entry = AuditEntry.objects.get(action="deals.specialistarea_added")
    assert (entry.actor, entry.changes["territory"]) == (manager, [None, "DE"])


def test_an_account_of_a_partner_is_no_specialist(
    as_manager: Browser, mine: Portfolio
) -> None:
    outsider = UserFactory.create()

    answer = as_manager.post(url(Specialist, "add"), {**ANNA, "user": outsider.pk})

    assert errors(answer) == ["user"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"territory": "XX"},
        {"territory": "a\x00b"},
        {"segment": "huge"},
        {"product_line": "no_hub"},
        {"specialist": str(10**30)},
    ],
)
def test_an_area_is_of_what_there_is(wrong: dict[str, str], as_manager: Browser) -> None:
    anna = SpecialistFactory.create()
    given = {"specialist": anna.pk, "territory": "DE", **wrong}

    answer = as_manager.post(url(SpecialistArea, "add"), given)

    assert errors(answer) == list(wrong)
    assert not SpecialistArea.objects.exists()


def test_an_absence_ends_after_it_begins(as_manager: Browser) -> None:
    anna = SpecialistFactory.create()

    answer = as_manager.post(
        url(SpecialistAbsence, "add"),
        {"specialist": anna.pk, "from_on": "2026-08-01", "until_on": "2026-08-01"},
    )

    assert "The end must lie after the beginning." in answer.content.decode()


@pytest.mark.parametrize("who", ["as_pdm", "as_auditor"])
def test_others_read(who: str, request: pytest.FixtureRequest) -> None:
    browser: Browser = request.getfixturevalue(who)
    area = SpecialistAreaFactory.create()

    statuses = [
        browser.get(url(Specialist, "changelist")).status_code,
        browser.get(url(Specialist, "add")).status_code,
        browser.post(url(Specialist, "change", area.specialist.pk), ANNA).status_code,
    ]
    browser.post(
        url(area, "changelist"),
        {"action": "remove", "_selected_action": area.pk, "apply": "1"},
    )

    assert statuses == [200, 403, 403]
    assert SpecialistArea.objects.exists()


def test_an_area_is_removed_after_a_question_and_written_down(
    as_manager: Browser,
) -> None:
    area = SpecialistAreaFactory.create(territory="DE")
    posted = {"action": "remove", "_selected_action": area.pk}

    asked = as_manager.post(url(area, "changelist"), posted)
    assert asked.status_code == 200
    assert SpecialistArea.objects.exists()
    for _time in range(2):
        as_manager.post(url(area, "changelist"), {**posted, "apply": "1"})

    assert not SpecialistArea.objects.exists()
    assert actions() == ["deals.area_removed"]
    entry = AuditEntry.objects.get(action="deals.area_removed")
    assert entry.changes["territory"] == ["DE", None]


def reassign(browser: Browser, *assignments: Assignment, **posted: Any) -> Any:
    return browser.post(
        url(Assignment, "changelist"),
        {
            "action": "reassign",
            "_selected_action": [each.pk for each in assignments],
            "apply": "1",
            "note": "She knows them.",
            **posted,
        },
    )


@pytest.fixture
def task(mine: Portfolio) -> Assignment:
    return Assignment.objects.get(deal=mine.deal)


def test_a_task_is_given_to_somebody_of_its_kind_with_a_reason(
    as_pdm: Browser, mine: Portfolio, task: Assignment
) -> None:
    anna = SpecialistFactory.create(name="Anna")
    engineer = SpecialistFactory.create(kind="engineer")

    wrong = reassign(as_pdm, task, specialist=engineer.pk)
    empty = reassign(as_pdm, task, specialist=anna.pk, note="")
    reassign(as_pdm, task, specialist=anna.pk)

    assert [wrong.status_code, empty.status_code] == [422, 422]
    now = Assignment.objects.running().get(deal=mine.deal)
    assert (now.specialist, now.note, now.assigned_by) == (
        anna, "She knows them.", mine.pdm,
    )  # fmt: skip
    page = as_pdm.get(url(now, "change", now.pk)).content.decode()
    assert "Assigned by hand." in page


def test_a_task_that_has_ended_is_refused(as_pdm: Browser, task: Assignment) -> None:
    anna = SpecialistFactory.create()
    Assignment.objects.filter(pk=task.pk).update(ended_at=AT)

    answer = reassign(as_pdm, task, specialist=anna.pk)

    [message] = get_messages(answer.wsgi_request)
    assert "This assignment has ended." in str(message)


def test_a_foreign_task_is_out_of_reach(as_pdm: Browser, theirs: Portfolio) -> None:
    anna = SpecialistFactory.create()
    task = Assignment.objects.get(deal=theirs.deal)

    reassign(as_pdm, task, specialist=anna.pk)

    task.refresh_from_db()
    assert task.ended_at is None
