"""Whatever stands in an address or is posted: an answer, and never an error page (I1)."""

from __future__ import annotations

from itertools import cycle
from typing import Any

import pytest
from django.contrib.admin import site
from django.db.models import Model
from django.test import Client as Browser
from django.urls import reverse

from deals.models import Deal
from outbox.models import Job
from partners.models import AuditEntry, Partner, Person
from tests.hostile import HOSTILE, arrangements, postable
from tests.integration.admin.conftest import Portfolio, everything, url
from ui.back_office import CarefulAdmin

pytestmark = [pytest.mark.django_db, pytest.mark.hostile]

MODELS: list[type[Model]] = list(site._registry)


def ask(browser: Browser, address: str, **parameters: Any) -> int:
    parameters = {
        name: value.encode(errors="surrogatepass") if isinstance(value, str) else value
        for name, value in parameters.items()
    }
    return browser.get(address, parameters).status_code


@pytest.mark.parametrize(
    "value",
    ["a\x00b", str(10**30), '"', "1 " * 3_000],
    ids=lambda value: ascii(value[:9]),
)
def test_every_list_answers(value: str, as_manager: Browser, mine: Portfolio) -> None:
    for number, model in enumerate(MODELS):
        # What is searched is each list's own; order and page are of all lists alike.
        for name in ("q", "op"[number % 2]):
            status = ask(as_manager, url(model, "changelist"), **{name: value})
            assert (model, name, value, status) in seen(model, name, value)


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: ascii(value[:20]))
@pytest.mark.parametrize("model", [Deal, Partner, Job, AuditEntry])
def test_every_parameter_of_a_list_answers(
    model: type[Model], value: str, as_manager: Browser, mine: Portfolio
) -> None:
    page = site.get_model_admin(model)
    assert isinstance(page, CarefulAdmin)
    request = as_manager.get(reverse("admin:index")).wsgi_request

    names = (
        *("q", "o", "p", "e", "all", "_facets", "_popup", "_to_field", "nonsense"),
        *sorted(page._filter_parameters(request)),
    )
    for asks in arrangements(names, value, turn=HOSTILE.index(value)):
        status = ask(as_manager, url(model, "changelist"), **dict.fromkeys(asks, value))
        assert (model, asks, value, status) in seen(model, asks, value)


def seen(*asked: Any) -> list[tuple[Any, ...]]:
    """Return what may be answered: a page, the list without the value, a refusal."""
    return [(*asked, status) for status in (200, 302, 400)]


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [("9999", "12", "31"), ("9999", "", ""), ("1", "1", "1"), ("0", "", ""),
     (str(10**30), "", ""), ("2026", "13", ""), ("2026", "2", "30"), ("", "", "5")],
)  # fmt: skip
def test_days_that_no_calendar_has(
    year: str, month: str, day: str, as_manager: Browser, mine: Portfolio
) -> None:
    given = {"year": year, "month": month, "day": day}
    parameters = {
        f"registered_on__{name}": value for name, value in given.items() if value
    }

    assert ask(as_manager, url(Deal, "changelist"), **parameters) in {200, 302}


@pytest.mark.parametrize(
    ("turn", "object_id"),
    [*enumerate(["_00", "a", str(10**30), "-1", "1.5", "%F0%9F%98%80", "_"])],
)
def test_ids_that_no_row_has(
    turn: int, object_id: str, as_manager: Browser, mine: Portfolio
) -> None:
    popup = {"_to_field": "name\x00", "_popup": "1"}
    queries = cycle([{}, popup])
    for number, model in enumerate(MODELS):
        # One id asks two of the three views of a model, the next id another two.
        for view in ("change", "history", "delete", "change")[(turn + number) % 3 :][:2]:
            query = next(queries)
            answer = as_manager.get(url(model, view, object_id), query)
            refused = {302, 403, 404} | ({400} if query else set())
            assert answer.status_code in refused, (model, view)


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: ascii(value[:20]))
def test_actions_on_what_is_no_row(
    value: str, as_manager: Browser, mine: Portfolio
) -> None:
    before = everything()
    text = postable(value)

    for action, selected, index in (
        ("mark_won", text, "0"),
        (text, str(mine.deal.pk), "0"),
        ("mark_won", str(10**25), text),
        ("downgrade", text, "0"),
    ):
        answer = as_manager.post(
            url(Deal, "changelist"),
            {
                "action": action,
                "_selected_action": selected,
                "index": index,
                "apply": "1",
                "closed_on": text,
                "poi_on": text,
                "on": text,
                "line": text,
                "remaining": text,
                "select_across": text,
            },
        )
        assert answer.status_code in {200, 302, 422}

    assert everything() == before


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: ascii(value[:20]))
def test_forms_answer(value: str, as_manager: Browser, mine: Portfolio) -> None:
    text = postable(value)
    for model in (Partner, Person):
        fields = {field.name: text for field in model._meta.fields}
        formsets = {
            f"{prefix}-{name}_FORMS": text
            for prefix in ("people", "standing", "tier_changes", "accreditations")
            for name in ("TOTAL", "INITIAL", "MIN_NUM", "MAX_NUM")
        }
        rows = {
            f"{prefix}-{end}": end_value
            for prefix in ("people", "standing", "tier_changes")
            for end, end_value in (
                ("TOTAL_FORMS", "1"),
                ("INITIAL_FORMS", "1"),
                ("0-id", text),
                ("0-partner", text),
                ("0-role", text),
            )
        }
        address = url(model, "change", mine.rows[model].pk)
        for posted in (fields, {**fields, **formsets}, {**fields, **rows}):
            assert as_manager.post(address, posted).status_code in {200, 302}
    assert as_manager.post(
        url(Person, "add"), {"partner": text, "email": text, "role": text}
    ).status_code == 200  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: ascii(value[:20]))
def test_autocomplete_answers(value: str, as_manager: Browser, mine: Portfolio) -> None:
    fine = {
        "app_label": "partners",
        "model_name": "person",
        "field_name": "partner",
        "term": "",
        "page": "1",
    }
    for name in fine:
        status = ask(as_manager, reverse("admin:autocomplete"), **{**fine, name: value})
        assert (name, status) in {(name, answer) for answer in (200, 403, 404)}


def test_a_search_finds_in_spite_of_what_was_pasted_along(
    as_manager: Browser, mine: Portfolio
) -> None:
    answer = as_manager.get(url(Partner, "changelist"), {"q": "Mine\x00 \r\n Partner"})

    assert answer.context["cl"].result_count == 1


def test_the_queue_answers_too(as_manager: Browser) -> None:
    Job.objects.create(kind="outbox.purge", key="one", lane="bulk")

    assert ask(as_manager, url(Job, "changelist"), q="\x00one") == 200
    assert ask(as_manager, url(Job, "changelist"), last_error__regex="(a+)+$") == 400
