"""Forms that look and refuse alike, and filters."""

from datetime import date

import pytest
from django import forms
from django.http import QueryDict
from django.test import Client
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from tests.integration.ui.demo import DemoFilter, DemoForm, records
from ui.forms import DayField, TextField

VALID = {
    "name": " Acme\u0301 ",
    "email": "a@example.com",
    "country": "FR",
    "kind": "sourced",
    "agreed": "on",
}


def rendered(form: forms.Form) -> str:
    with translation.override("en"):
        return str(form)


def test_values_arrive_clean() -> None:
    form = DemoForm(VALID)

    assert form.is_valid()
    assert form.cleaned_data["name"] == "Acmé"
    assert form.cleaned_data["closed_on"] is None


@given(st.text(min_size=1))
def test_any_text_is_taken_or_refused(text: str) -> None:
    form = DemoForm({**VALID, "name": text, "note": text, "closed_on": text})

    if form.is_valid():
        assert "\x00" not in form.cleaned_data["name"]


@pytest.mark.parametrize("text", ["a\x00", "\u202e", "x" * 201])
def test_a_refused_text_is_kept_with_its_reason(text: str) -> None:
    form = DemoForm({**VALID, "name": text})

    assert list(form.errors) == ["name"]
    assert 'id="id_name_error"' in rendered(form)


def test_each_widget_has_the_class_of_its_kind() -> None:
    page = rendered(DemoForm())

    for kind, name in [
        ("form-control", "name"),
        ("form-control", "email"),
        ("form-select", "country"),
        ("form-control", "note"),
        ("check", "agreed"),
    ]:
        assert f'class="{kind}"' in _widget(page, name)
    assert '<div id="id_kind" class="options">' in page


def test_a_class_of_its_own_is_left_alone() -> None:
    class Own(forms.Form):
        name = TextField(widget=forms.TextInput(attrs={"class": "mine"}))

    assert 'class="mine"' in rendered(Own())


def test_fields_say_that_they_may_stay_empty_and_what_they_are_for() -> None:
    page = rendered(DemoForm())

    assert page.count("(optional)") == 2
    assert 'aria-describedby="id_email_helptext"' in _widget(page, "email")
    assert '<div class="hint" id="id_email_helptext">Where the answer goes.</div>' in page


def test_a_wrong_field_is_marked_and_linked_from_the_summary() -> None:
    page = rendered(DemoForm({**VALID, "email": "nobody", "kind": ""}))

    assert "2 things are missing or wrong." in page
    assert '<a href="#id_email">E-mail</a>' in page
    assert '<a href="#id_kind_0">Kind</a>' in page
    widget = _widget(page, "email")
    assert 'aria-invalid="true"' in widget
    assert 'aria-describedby="id_email_helptext id_email_error"' in widget
    assert "is-invalid" in widget


def test_an_error_of_the_whole_form_stands_alone() -> None:
    form = DemoForm(VALID)
    form.add_error(None, "The deal is registered already.")

    page = rendered(form)

    assert '<p class="error-summary-title">The deal is registered already.</p>' in page
    assert "missing or wrong" not in page


def test_an_error_is_text() -> None:
    form = DemoForm(VALID)
    form.add_error("name", "<b>no</b>")

    assert "<b>" not in rendered(form)


@pytest.mark.parametrize(
    "value", ["30/06/2025", "0001-01-01", "2025-02-30", "2500-01-01"]
)
def test_a_day_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(forms.ValidationError):
        DayField().clean(value)


def test_a_day_is_shown_as_the_browser_reads_it_in_every_language() -> None:
    with translation.override("fr"):
        page = str(DemoForm(initial={"closed_on": date(2025, 6, 30)}))

    assert 'type="date"' in _widget(page, "closed_on")
    assert 'value="2025-06-30"' in _widget(page, "closed_on")


# --- Filters ---------------------------------------------------------------------------


def filtered(text: str) -> DemoFilter:
    return DemoFilter(QueryDict(text))


def test_narrows_by_each_value_that_is_valid() -> None:
    rows = filtered("q=acme&kind=sourced&since=2025-09-01").narrow(records())

    assert rows
    assert {row.client for row in rows} == {"Acme Industries"}
    assert {row.kind for row in rows} == {"sourced"}
    assert min(row.closed_on for row in rows) >= date(2025, 9, 1)


@pytest.mark.parametrize("text", ["kind=other", "q=%00", "since=1e9", "q=" + "x" * 51])
def test_a_value_that_is_not_valid_does_not_filter_and_says_so(text: str) -> None:
    form = filtered(text)

    assert form.narrow(records()) == records()
    assert not form.is_active
    assert form.errors


def test_an_empty_filter_is_not_active() -> None:
    assert not filtered("").is_active
    assert not filtered("q=&since=").is_active


def test_chips_word_what_is_on_and_lead_to_the_list_without_it() -> None:
    chips = filtered("q=o&kind=sourced&kind=managed&page=3&since=2025-06-30").chips()

    assert [(chip.label, chip.value) for chip in chips] == [
        ("Client", "o"),
        ("Kind", "Sourced, Managed"),
        ("Closed since", "30 Jun 2025"),
    ]
    assert chips[1].url == "?q=o&since=2025-06-30"


# --- In a page -------------------------------------------------------------------------


def test_a_refused_form_is_422_and_an_accepted_one_leads_on(
    demo_urls: None, owner_client: Client
) -> None:
    refused = owner_client.post("/demo/form/", {"name": "Acme"})
    accepted = owner_client.post("/demo/form/", VALID)

    assert refused.status_code == 422
    assert 'value="Acme"' in refused.content.decode()
    assert (accepted.status_code, accepted.url) == (302, "/demo/")  # type: ignore[attr-defined]


def test_a_form_not_sent_yet_is_a_page(demo_urls: None, owner_client: Client) -> None:
    page = owner_client.get("/demo/form/")

    assert page.status_code == 200
    assert "error-summary" not in page.content.decode()


def _widget(page: str, name: str) -> str:
    """Return the start tag of the first widget of this name."""
    at = page.index(f'name="{name}"')
    return page[page.rindex("<", 0, at) : page.index(">", at)]
