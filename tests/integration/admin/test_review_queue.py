"""The review queue: in order of the promises, with what is known beside, and decided."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db.models import Model
from django.test import Client as Browser
from django.urls import reverse

from clients.models import ClientDomain
from deals.models import Deal, Registration, RegistrationAppeal, RegistrationStep
from partners.models import AuditEntry, Partner
from tests.factories import ClientFactory, PartnerFactory, UserFactory
from tests.factories.registrations import WRITTEN, RegistrationFactory
from tests.factories.specialists import growth_account
from tests.integration.admin.conftest import SignIn, url

pytestmark = pytest.mark.django_db

LIST = "/admin/deals/registration/"
NOW = WRITTEN + timedelta(hours=50)


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def partner() -> Partner:
    return PartnerFactory.create(name="Nordlicht", with_pdm=True)


@pytest.fixture
def browser(partner: Partner, sign_in: SignIn) -> Browser:
    assert partner.pdm
    return sign_in(partner.pdm)


def registration(partner: Partner, **values: Any) -> Registration:
    return RegistrationFactory.create(partner=partner, in_review=True, **values)


def act(browser: Browser, action: str, *rows: Model, **posted: Any) -> Any:
    return browser.post(
        LIST,
        {"action": action, "_selected_action": [row.pk for row in rows], **posted},
    )


def decided(browser: Browser, action: str, *rows: Model, **posted: Any) -> Any:
    return act(browser, action, *rows, apply="1", **posted)


def words(answer: Any) -> str:
    text = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return " ".join(text.split())


def page(browser: Browser, row: Registration) -> Any:
    return browser.get(url(row, "change", row.pk))


# --- The queue ------------------------------------------------------------------------


def test_the_oldest_promise_stands_first_and_a_broken_one_is_marked(
    browser: Browser, partner: Partner
) -> None:
    late = registration(partner, company="Late AG")
    soon = registration(partner, company="Soon AG", due_at=NOW + timedelta(minutes=30))
    later = registration(partner, company="Later AG", due_at=NOW + timedelta(hours=40))
    registration(partner, state="needs_info", company="Asked AG")
    RegistrationFactory.create(partner=partner, company="Draft AG")

    answer = browser.get(LIST)

    assert list(answer.context["cl"].result_list) == [late, soon, later]
    assert answer.content.decode().count('class="late"') == 1
    assert "late by 2 hours" in words(answer)
    assert "30 minutes left" in words(answer)


def test_a_search_and_a_filter_find_what_waits_no_more(
    browser: Browser, partner: Partner
) -> None:
    asked = registration(partner, state="needs_info", domains=["asked.com"])
    waits = registration(partner)

    for query, found in (
        ({"q": "asked.com"}, [asked]),
        ({"q": asked.number}, [asked]),
        ({"q": asked.number[:9]}, [asked]),
        ({"waits": "needs_info"}, [asked]),
        ({"waits": "all"}, [asked, waits]),
        ({"waits": "appeal"}, []),
        ({"_facets": "True"}, [waits]),
    ):
        rows = browser.get(LIST, query).context["cl"].result_list
        assert sorted(row.pk for row in rows) == [row.pk for row in found], query


def test_drafts_do_not_exist_for_the_vendor(
    as_manager: Browser, partner: Partner
) -> None:
    draft = RegistrationFactory.create(partner=partner)

    assert not as_manager.get(LIST, {"waits": "all"}).context["cl"].result_count
    assert page(as_manager, draft).status_code == 302


def test_a_page_leads_to_the_one_before_and_the_one_after(
    browser: Browser, partner: Partner
) -> None:
    first, second, third = (
        registration(partner, due_at=NOW + timedelta(hours=hours)) for hours in (1, 2, 3)
    )

    answer = page(browser, second)

    assert answer.context["before_url"] == url(first, "change", first.pk)
    assert answer.context["after_url"] == url(third, "change", third.pk)
    text = answer.content.decode()
    assert 'rel="prev"' in text
    assert 'rel="next"' in text
    assert "js/review-queue.js" in text
    assert "3 registrations wait for us." in words(answer)


# --- Deciding -------------------------------------------------------------------------


def test_an_approval_says_what_it_comes_to_and_the_next_one_opens(
    browser: Browser, partner: Partner
) -> None:
    first = registration(partner, company="First AG")
    second = registration(partner, due_at=NOW + timedelta(hours=1))

    asked = act(browser, "approve", first)
    answer = decided(browser, "approve", first, note="Welcome.")

    assert "a deal with a new client, First AG" in words(asked)
    assert "client" not in asked.context["form"].fields
    assert answer["Location"] == url(second, "change", second.pk)
    first.refresh_from_db()
    assert first.deal
    assert (first.state, first.decided_by) == ("accepted", partner.pdm)
    assert RegistrationStep.objects.latest("pk").note == "Welcome."


def test_after_the_last_one_the_list_opens(browser: Browser, partner: Partner) -> None:
    only = registration(partner)

    assert decided(browser, "approve", only)["Location"] == LIST


def test_several_are_approved_at_once_each_for_itself(
    browser: Browser, partner: Partner
) -> None:
    fine, doubtful = registration(partner), registration(partner, domains=["two.com"])
    for _number in range(2):
        ClientDomain.objects.create(client=ClientFactory.create(), name="two.com")

    asked = act(browser, "approve", fine, doubtful)
    decided(browser, "approve", fine, doubtful)

    assert "several clients are known by the domain" in words(asked)
    fine.refresh_from_db()
    doubtful.refresh_from_db()
    assert (fine.state, doubtful.state) == ("accepted", "submitted")


def test_of_several_clients_one_is_chosen(browser: Browser, partner: Partner) -> None:
    row = registration(partner, domains=["two.com"])
    one, two = ClientFactory.create(), ClientFactory.create()
    for client in (one, two):
        ClientDomain.objects.create(client=client, name="two.com")
    elsewhere = ClientFactory.create()

    without = decided(browser, "approve", row)
    foreign = decided(browser, "approve", row, client=elsewhere.pk)
    decided(browser, "approve", row, client=two.pk)

    assert [without.status_code, foreign.status_code] == [422, 422]
    row.refresh_from_db()
    assert row.client == two


def test_a_question_opens_the_fields_it_is_about(
    browser: Browser, partner: Partner
) -> None:
    row = registration(partner)

    empty = decided(browser, "ask_partner", row, question="Why?")
    decided(
        browser,
        "ask_partner",
        row,
        question="Who is it?",
        fields_asked=["email", "lines"],
    )

    assert empty.status_code == 422
    row.refresh_from_db()
    assert (row.state, row.question) == ("needs_info", "Who is it?")
    assert row.open_fields == ["email", "lines"]


@pytest.mark.parametrize("missing", ["code", "text", "clause"])
def test_a_refusal_needs_code_sentence_and_clause(
    missing: str, browser: Browser, partner: Partner
) -> None:
    row = registration(partner)
    given = {"code": "pursued", "text": "Somebody is there.", "clause": "3.10"}

    asked = act(browser, "refuse", row)
    short = decided(browser, "refuse", row, **(given | {missing: ""}))
    wrong = decided(browser, "refuse", row, **(given | {missing: "\x00nonsense"}))

    assert asked.context["form"].fields["clause"].initial == "3.10"
    assert short.status_code == 422
    # A sentence may be anything that can be read.
    assert wrong.status_code == 422
    row.refresh_from_db()
    assert row.state == "submitted"


def test_what_waits_for_the_partner_can_be_refused_from_its_page(
    browser: Browser, partner: Partner
) -> None:
    row = RegistrationFactory.create(partner=partner, asked=True)

    decided(browser, "refuse", row, code="not_active", text="No answer.", clause="3.10")

    row.refresh_from_db()
    assert (row.state, row.refusal_code) == ("refused", "not_active")


@pytest.mark.parametrize("action", ["approve", "ask_partner", "refuse"])
def test_what_has_its_answer_is_named_before_the_button(
    action: str, browser: Browser, partner: Partner
) -> None:
    waits = registration(partner)
    answered = registration(partner, state="withdrawn")

    asked = act(browser, action, waits, answered)

    text = asked.content.decode()
    assert f"{answered}: " in text
    assert "cannot be done" in text or "Only what is in review" in text


def test_a_form_sent_twice_decides_once(browser: Browser, partner: Partner) -> None:
    row = registration(partner)
    decided(browser, "approve", row)
    steps = RegistrationStep.objects.count()

    again = decided(browser, "approve", row)

    assert again.status_code == 302
    assert RegistrationStep.objects.count() == steps
    assert Deal.objects.count() == 1


# --- Appeals --------------------------------------------------------------------------


@pytest.fixture
def appealed(partner: Partner) -> Registration:
    """Return a refused registration whose appeal nobody has decided."""
    assert partner.pdm
    row = registration(
        partner, state="refused", refusal_code="pursued", refusal_text="No.",
        refusal_clause="3.10", decided_by=partner.pdm, decided_at=WRITTEN,
    )  # fmt: skip
    RegistrationAppeal.objects.create(
        registration=row, refused_by=partner.pdm, text="The client chose us.",
        made_by=row.created_by, made_at=WRITTEN, due_at=WRITTEN + timedelta(hours=48),
    )  # fmt: skip
    return row


ANSWER = {"decision": "overturned", "answer": "It did.", "clause": "3.10"}


def test_an_appeal_waits_in_the_queue(
    as_manager: Browser, appealed: Registration
) -> None:
    listed = as_manager.get(LIST).context["cl"].result_list

    assert list(listed) == [appealed]
    assert "The client chose us." in words(page(as_manager, appealed))


def test_whoever_refused_does_not_decide_the_appeal(
    browser: Browser, as_manager: Browser, appealed: Registration
) -> None:
    asked = act(browser, "decide_appeal", appealed)
    decided(browser, "decide_appeal", appealed, **ANSWER)
    appealed.refresh_from_db()
    assert "Whoever refused it does not decide the appeal." in words(asked)
    assert appealed.state == "refused"

    decided(as_manager, "decide_appeal", appealed, **ANSWER)

    appealed.refresh_from_db()
    assert (appealed.state, appealed.appeal.outcome) == ("accepted", "overturned")
    assert appealed.deal


def test_a_growth_specialist_decides_no_appeal(
    appealed: Registration, sign_in: SignIn
) -> None:
    decided(sign_in(growth_account("")), "decide_appeal", appealed, **ANSWER)

    appealed.appeal.refresh_from_db()
    assert appealed.appeal.outcome == ""


# --- Whose, and whatever comes --------------------------------------------------------


@pytest.mark.parametrize("action", ["approve", "ask_partner", "refuse", "decide_appeal"])
def test_no_action_reaches_a_foreign_registration(action: str, browser: Browser) -> None:
    foreign = registration(PartnerFactory.create())
    given = {"note": "", "question": "?", "fields_asked": "email", "text": "x"}

    decided(browser, action, foreign, **given, **ANSWER, code="pursued")

    foreign.refresh_from_db()
    assert foreign.state == "submitted"
    assert not AuditEntry.objects.filter(action__startswith="deals.").exists()


@pytest.mark.parametrize("role", ["auditor", "finance"])
def test_others_decide_nothing(role: str, partner: Partner, sign_in: SignIn) -> None:
    row = registration(partner)
    browser = sign_in(UserFactory.create(**{role: True}))

    decided(browser, "approve", row)

    row.refresh_from_db()
    assert row.state == "submitted"
    assert browser.get(LIST).status_code == (200 if role == "auditor" else 403)


@pytest.mark.hostile
@pytest.mark.parametrize(
    "value", ["a\x00b", str(10**30), "'; --", "\u202e", "9" * 5_000, "[]", "{}", "-1"]
)
def test_whatever_is_posted_is_answered(
    value: str, browser: Browser, partner: Partner
) -> None:
    row = registration(partner, domains=["two.com"])
    for _number in range(2):
        ClientDomain.objects.create(client=ClientFactory.create(), name="two.com")
    names = ("note", "client", "fields_asked", "question", "code", "text", "clause")

    for action in ("approve", "ask_partner", "refuse", "decide_appeal", value):
        answer = decided(browser, action, row, **dict.fromkeys(names, value))
        assert answer.status_code in {200, 302, 422}, action
    for name in ("q", "waits", "o", "p"):
        assert browser.get(LIST, {name: value}).status_code in {200, 302, 400}

    row.refresh_from_db()
    assert row.state == "submitted"


def test_notifications_lead_to_the_page_in_the_back_office(partner: Partner) -> None:
    from partners.services.tiers.telling import back_office_page  # noqa: PLC0415

    row = registration(partner)

    assert back_office_page(row).endswith(
        reverse("admin:deals_registration_change", args=[row.pk])
    )
