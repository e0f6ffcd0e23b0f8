"""The document queue: what waits, the oldest first; a decision leads to the next."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from commissions.models import ForfeitureWaiver, PaperDemand, PayoutDocument
from partners.models import AuditEntry, User
from program.payout import Paper
from tests.factories import PartnerFactory, UserFactory
from tests.factories.money import (
    BankAccountFactory,
    PayoutDocumentFactory,
    ScheduleFactory,
)
from tests.integration.admin.conftest import Portfolio, SignIn, url
from tests.integration.admin.test_payouts import shows_factor
from tests.integration.commissions.filing import AT, CLEAR, an_account, named
from tests.integration.pages import account_of, words

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

State = PayoutDocument.State
LIST = "/admin/commissions/payoutdocument/"


@pytest.fixture
def finance(db: None) -> User:
    return UserFactory.create(finance=True)


@pytest.fixture
def browser(finance: User, sign_in: SignIn) -> Client:
    return sign_in(finance)


def waiting(days_ago: int = 0, **given: object) -> PayoutDocument:
    return PayoutDocumentFactory.create(filed_at=AT - timedelta(days=days_ago), **given)


def act(browser: Client, name: str, *papers: PayoutDocument, **given: str) -> object:
    """Press a button of the queue, and confirm what is asked with what it showed."""
    chosen = {"action": name, "_selected_action": [paper.pk for paper in papers]}
    asked = browser.post(LIST, chosen)
    seen = asked.context["form"]["seen"].value() if asked.context else ""
    return browser.post(LIST, {**chosen, "apply": "1", "seen": seen, **given})


def test_the_oldest_that_waits_comes_first(browser: Client) -> None:
    young, old = waiting(1), waiting(5)
    PayoutDocumentFactory.create(approved=True, partner__name="Decided Ltd")

    page = words(browser.get(LIST))

    assert page.index(old.partner.name) < page.index(young.partner.name)
    assert "Decided Ltd" not in page
    assert "Decided Ltd" in words(browser.get(LIST, {"waits": "approved"}))


def test_a_decision_leads_to_the_next_that_waits(browser: Client) -> None:
    first, second, third = waiting(5), waiting(4), waiting(3)

    answer = act(browser, "approve", second)

    second.refresh_from_db()
    assert second.state == State.APPROVED
    assert answer["Location"] == url(third, "change", third.pk)  # type: ignore[index]
    act(browser, "refuse", third, reason="Unreadable")
    third.refresh_from_db()
    assert (third.state, third.reason) == (State.REJECTED, "Unreadable")
    page = browser.get(url(first, "change", first.pk))
    assert "1 paper waits for approval" in words(page)
    assert "js/review-queue.js" in page.content.decode()


def test_what_was_filed_anew_since_is_not_decided(browser: Client) -> None:
    paper = waiting()
    chosen = {"action": "approve", "_selected_action": [paper.pk], "apply": "1"}
    seen = f"{paper.pk}={(AT - timedelta(minutes=1)).isoformat()}"

    for said in (seen, "", "nonsense", f"{paper.pk}=x", "é\x00"):
        answer = browser.post(LIST, {**chosen, "seen": said}, follow=True)
        assert answer.status_code in {200, 422}

    paper.refresh_from_db()
    assert paper.state == State.PENDING


def test_several_at_once(browser: Client) -> None:
    papers = [waiting(days) for days in range(3)]

    act(browser, "approve", *papers)

    assert PayoutDocument.objects.filter(state=State.APPROVED).count() == 3


def test_a_number_is_shown_once_and_written_down(browser: Client, finance: User) -> None:
    owner = account_of(PartnerFactory.create(country="DE"), role="owner")
    document = named(owner)
    page = browser.get(url(document, "change", document.pk))
    assert "•••• 3000" in words(page)
    assert CLEAR not in page.content.decode()
    asked = {"action": "show_number", "_selected_action": [document.pk]}
    # Without a factor that was shown a moment ago nothing is shown, nor written down.
    for ago_s in (None, 660):
        if ago_s:
            shows_factor(browser, finance, ago_s=ago_s)
        refused = browser.post(LIST, asked)
        assert (refused.status_code, CLEAR in refused.content.decode()) == (302, False)
    assert not AuditEntry.objects.filter(action="commissions.bank_number_shown").exists()
    Authenticator.objects.all().delete()
    shows_factor(browser, finance)

    shown = browser.post(LIST, asked)

    assert CLEAR in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    entry = AuditEntry.objects.get(action="commissions.bank_number_shown")
    assert entry.actor == finance
    for address in (url(document, "change", document.pk), LIST):
        assert CLEAR not in browser.get(address).content.decode()
    assert CLEAR not in str(dict(browser.session))
    assert an_account().holder in words(page)


def test_only_one_number_at_a_time_and_of_a_bank_form(browser: Client) -> None:
    forms = [waiting(bank_form=True), waiting(bank_form=True)]
    for papers in (forms, [waiting()], []):
        chosen = [paper.pk for paper in papers]
        answer = browser.post(LIST, {"action": "show_number", "_selected_action": chosen})
        assert "1300456819" not in answer.content.decode()

    assert not AuditEntry.objects.filter(action="commissions.bank_number_shown").exists()


def test_a_seal_no_key_opens_is_said(browser: Client, finance: User) -> None:
    shows_factor(browser, finance)
    form = waiting(
        bank_form=True, account=BankAccountFactory.create(sealed="sealed by nobody")
    )

    answer = browser.post(
        LIST, {"action": "show_number", "_selected_action": [form.pk]}, follow=True
    )

    assert "No key opens this number" in words(answer)


@pytest.mark.parametrize("kind", ["pdm", "programme_manager", "auditor"])
def test_others_look_and_decide_nothing(
    mine: Portfolio, theirs: Portfolio, sign_in: SignIn, kind: str
) -> None:
    user = mine.pdm if kind == "pdm" else UserFactory.create(**{kind: True})
    browser = sign_in(user)
    paper = mine.rows[PayoutDocument]
    assert browser.get(url(paper, "change", paper.pk)).status_code == 200

    for name in ("approve", "refuse", "show_number"):
        given = {"action": name, "_selected_action": [paper.pk], "apply": "1"}
        answer = browser.post(LIST, {**given, "reason": "no"}, follow=True)
        assert "1300456819" not in answer.content.decode()

    paper.refresh_from_db()
    assert paper.state == State.PENDING  # type: ignore[attr-defined]
    foreign = theirs.rows[PayoutDocument]
    seen = browser.get(url(foreign, "change", foreign.pk)).status_code
    assert (seen == 200) == (kind != "pdm")


def test_finance_waives_a_loss(browser: Client, finance: User) -> None:
    deal = ScheduleFactory.create().deal
    address = reverse("admin:commissions_forfeiturewaiver_add")
    assert browser.post(address, {"deal": deal.pk, "reason": ""}).status_code == 200

    answer = browser.post(address, {"deal": deal.pk, "reason": "Our form was broken"})

    assert answer.status_code == 302
    waiver = ForfeitureWaiver.objects.get()
    assert (waiver.partner, waiver.actor) == (deal.partner, finance)
    again = browser.post(address, {"deal": deal.pk, "reason": "Twice"}, follow=True)
    assert ForfeitureWaiver.objects.count() == 1
    assert again.status_code == 200


def test_finance_demands_a_paper(browser: Client, finance: User) -> None:
    partner = PartnerFactory.create(country="CO")
    address = reverse("admin:commissions_paperdemand_add")
    given = {
        "partner": partner.pk,
        "paper": Paper.SOCIAL_SECURITY.value,
        "demanded": "on",
        "from_quarter": "2026-08-17",
        "reason": "It works with contractors",
    }
    assert browser.post(address, {**given, "paper": "w9"}).status_code == 200
    elsewhere = PartnerFactory.create(country="DE").pk
    said = browser.post(address, {**given, "partner": elsewhere}, follow=True)
    assert "not demanded of a partner in that country" in words(said)
    assert not PaperDemand.objects.exists()

    assert browser.post(address, given).status_code == 302

    demand = PaperDemand.objects.get()
    assert (str(demand.from_quarter), demand.actor) == ("2026-07-01", finance)
