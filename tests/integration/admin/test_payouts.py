"""Paying in the back office: prepared by one, approved by another, sent, answered."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from allauth.account.internal.userkit import user_id_to_str
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from commissions.models import Adjustment, Payment, PayoutRun, Statement
from partners.models import AuditEntry, User
from tests.factories import PartnerFactory, UserFactory
from tests.factories.money import AdjustmentFactory, StatementFactory
from tests.integration.admin.conftest import SignIn
from tests.integration.commissions.test_paying import owed_to
from tests.integration.commissions.test_run_files import owed_by_code
from tests.integration.pages import words

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

NOW = datetime(2026, 5, 12, 9, tzinfo=UTC)
RUNS = "/admin/commissions/payoutrun/"
PAYMENTS = "/admin/commissions/payment/"
ADJUSTMENTS = "/admin/commissions/adjustment/"


@pytest.fixture
def people(db: None) -> tuple[User, User]:
    return UserFactory.create(finance=True), UserFactory.create(finance=True)


def shows_factor(browser: Client, user: User, *, ago_s: float = 0) -> None:
    """Let a browser's session be one in which a second factor was just shown."""
    factor = Authenticator.objects.create(
        user=user, type=Authenticator.Type.TOTP, data={}
    )
    session = browser.session
    session["account_authentication_methods_user"] = user_id_to_str(user)
    session["account_authentication_methods"] = [
        {
            "method": "mfa",
            "type": "totp",
            "id": factor.pk,
            "at": time.time() - ago_s,
        }
    ]
    session.save()


def act(browser: Client, address: str, name: str, *pks: int, **given: str) -> Any:
    """Press a button, and confirm what is asked."""
    return browser.post(
        address,
        {"action": name, "_selected_action": [*pks], "apply": "1", **given},
        follow=True,
    )


def run_of(browser: Client) -> PayoutRun:
    browser.post(
        f"{RUNS}add/", {"currency": "EUR:sepa", "execute_on": "2026-05-15"}, follow=True
    )
    return PayoutRun.objects.get()


@time_machine.travel(NOW, tick=True)
def test_from_owed_to_paid(people: tuple[User, User], sign_in: SignIn) -> None:
    one, other = people
    statement = owed_to()
    preparing, approving = sign_in(one), sign_in(other)
    shows_factor(preparing, one)

    run = run_of(preparing)
    page = words(preparing.get(f"{RUNS}{run.pk}/change/"))
    assert "€200.00" in page
    assert "•••• 0189" in page
    assert f"{one}, 12 May 2026, 09:00 UTC" in page
    act(preparing, RUNS, "check_it", run.pk)
    answer = act(approving, RUNS, "approve", run.pk)
    # Without a fresh factor nothing is approved: first it is shown.
    assert answer.redirect_chain[0][0] == reverse("mfa_index")
    assert PayoutRun.objects.get().state == "checked"
    refused = act(preparing, RUNS, "approve", run.pk)
    assert "another person approves" in words(refused)
    shows_factor(approving, other)
    act(approving, RUNS, "approve", run.pk)
    act(preparing, RUNS, "execute", run.pk)
    file = preparing.post(RUNS, {"action": "download", "_selected_action": [run.pk]})

    assert file.headers["Content-Type"] == "application/xml"
    assert b"FR7630006000011234567890189" in file.content
    payment = Payment.objects.get()
    asked = preparing.post(
        PAYMENTS, {"action": "mark_paid", "_selected_action": [payment.pk]}
    )
    assert f"{statement.partner}, €200.00" in words(asked)
    act(preparing, PAYMENTS, "mark_paid", payment.pk, paid_on="2026-05-12")
    payment.refresh_from_db()
    assert (payment.state, payment.paid_on) == ("paid", date(2026, 5, 12))
    assert AuditEntry.objects.filter(action="commissions.payment_paid").count() == 1


@time_machine.travel(NOW, tick=True)
def test_a_transfer_by_routing_number_is_prepared_and_kept(
    people: tuple[User, User], sign_in: SignIn, settings: Any
) -> None:
    one, other = people
    owed_by_code("US", "021000021", "000123456789")
    preparing, approving = sign_in(one), sign_in(other)
    for browser, user in ((preparing, one), (approving, other)):
        shows_factor(browser, user)
    assert "USD, credit transfer by BIC" in words(preparing.get(f"{RUNS}add/"))

    day = {"execute_on": "2026-05-15"}
    preparing.post(f"{RUNS}add/", {"currency": "USD:transfer", **day})

    run = PayoutRun.objects.get()
    page = words(approving.get(f"{RUNS}{run.pk}/change/"))
    assert "credit transfer by BIC or national code (pain.001)" in page
    assert "•••• 6789, ABA routing number 021000021" in page
    act(preparing, RUNS, "check_it", run.pk)
    act(approving, RUNS, "approve", run.pk)
    act(preparing, RUNS, "execute", run.pk)
    download = {"action": "download", "_selected_action": [run.pk]}
    file = preparing.post(RUNS, download).content
    assert b"<MmbId>021000021</MmbId>" in file

    settings.PAYER = {**settings.PAYER, "name": "Another SE"}
    assert preparing.post(RUNS, download).content == file

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "x" * 64, [settings.SECRET_KEY]
    assert preparing.post(RUNS, download).content == file


@time_machine.travel(NOW, tick=True)
def test_a_stale_factor_is_asked_for_again(
    people: tuple[User, User], sign_in: SignIn
) -> None:
    owed_to()
    browser = sign_in(people[0])
    run = run_of(browser)
    act(browser, RUNS, "check_it", run.pk)
    other = sign_in(people[1])
    shows_factor(other, people[1], ago_s=660)

    answer = other.post(RUNS, {"action": "approve", "_selected_action": [run.pk]})

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(reverse("mfa_reauthenticate"))
    assert f"%2Fadmin%2Fcommissions%2Fpayoutrun%2F{run.pk}" in answer.headers["Location"]


@time_machine.travel(NOW, tick=True)
def test_many_are_rejected_with_a_preview(
    people: tuple[User, User], sign_in: SignIn
) -> None:
    owed_to()
    owed_to(minor=100)
    browser = sign_in(people[0])
    shows_factor(browser, people[0])
    run = run_of(browser)
    act(browser, RUNS, "check_it", run.pk)
    other = sign_in(people[1])
    shows_factor(other, people[1])
    act(other, RUNS, "approve", run.pk)
    act(other, RUNS, "execute", run.pk)
    pks = list(Payment.objects.values_list("pk", flat=True))

    act(browser, PAYMENTS, "mark_rejected", *pks, reason="AC04 account closed")
    again = act(browser, PAYMENTS, "mark_rejected", *pks, reason="AC04")

    assert set(Payment.objects.values_list("state", flat=True)) == {"rejected"}
    assert "“Rejected” by now" in words(again)


@time_machine.travel(NOW, tick=True)
def test_a_run_is_cancelled_with_a_reason(
    people: tuple[User, User], sign_in: SignIn
) -> None:
    owed_to()
    browser = sign_in(people[0])
    run = run_of(browser)

    act(browser, RUNS, "cancel", run.pk, reason="Wrong day")

    assert PayoutRun.objects.get().state == "cancelled"
    assert Payment.objects.get().state == "cancelled"
    assert "Nothing can be paid" not in words(browser.get(RUNS))


@time_machine.travel(NOW, tick=True)
def test_an_adjustment_needs_two(people: tuple[User, User], sign_in: SignIn) -> None:
    one, other = people
    partner = PartnerFactory.create(payout_currency="EUR")
    browser, second = sign_in(one), sign_in(other)
    shows_factor(browser, one)
    shows_factor(second, other)

    for amount, complaint in (("1.234", "decimals"), ("x", "decimal"), ("0", "Nothing")):
        answer = browser.post(
            f"{ADJUSTMENTS}add/",
            {"partner": partner.pk, "amount_minor": amount, "reason": "Counted short"},
        )
        assert complaint in words(answer)
    browser.post(
        f"{ADJUSTMENTS}add/",
        {"partner": partner.pk, "amount_minor": "-12.50", "reason": "Counted twice"},
    )
    adjustment = Adjustment.objects.get()
    assert (adjustment.amount_minor, adjustment.currency) == (-1_250, "EUR")
    assert adjustment.proposed_by == one
    refused = act(browser, ADJUSTMENTS, "approve", adjustment.pk)
    assert "another person approves" in words(refused)
    act(second, ADJUSTMENTS, "approve", adjustment.pk)
    adjustment.refresh_from_db()
    assert (adjustment.state, adjustment.decided_by) == ("approved", other)
    again = act(second, ADJUSTMENTS, "refuse", adjustment.pk, answer="No")
    assert "decided already" in words(again)


def test_a_proposal_is_refused_with_a_reason_or_taken_back_by_who_made_it(
    people: tuple[User, User], sign_in: SignIn
) -> None:
    mine, other = AdjustmentFactory.create_batch(2, proposed_by=people[0])
    browser = sign_in(people[1])

    act(browser, ADJUSTMENTS, "withdraw", mine.pk)
    assert Adjustment.objects.get(pk=mine.pk).state == "proposed"
    act(sign_in(people[0]), ADJUSTMENTS, "withdraw", mine.pk)
    act(browser, ADJUSTMENTS, "refuse", other.pk, answer="No proof")

    states = dict(Adjustment.objects.values_list("pk", "state"))
    assert states == {mine.pk: "withdrawn", other.pk: "refused"}


def test_a_manager_of_partners_sees_statements_and_no_runs(sign_in: SignIn) -> None:
    pdm = UserFactory.create(pdm=True)
    statement: Statement = StatementFactory.create(partner__pdm=pdm)
    browser = sign_in(pdm)

    assert browser.get(RUNS).status_code == 403
    page = words(browser.get(f"/admin/commissions/statement/{statement.pk}/change/"))
    assert "$200.00" in page
    listed = browser.get("/admin/commissions/statement/")
    assert statement.partner.name in words(listed)
