"""The pages of registering: the first step, the draft, the answer, the list, receipts."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clients.models import ClientDomain
from deals.forms.registrations import RegistrationForm
from deals.models import Deal, Registration
from deals.services.registrations.given import FIELDS
from deals.services.registrations.registering import REQUIRED
from partners.models import Partner, Role, User
from tests.factories import (
    ClientFactory,
    DealFactory,
    DealLineFactory,
    PartnerFactory,
    RelationshipFactory,
)
from tests.factories.registrations import DomainHoldFactory, RegistrationFactory
from tests.integration.pages import (
    PAGE_MARKS,
    account_of,
    main_of,
    signed_in,
    words,
)

pytestmark = PAGE_MARKS

NEW = "/deals/register/"
LIST = "/deals/registrations/"
State = Registration.State


@pytest.fixture
def partner() -> Partner:
    return PartnerFactory.create(payout_currency="EUR")


@pytest.fixture
def seller(partner: Partner) -> User:
    return account_of(partner, role=Role.SALES)


@pytest.fixture
def visitor(seller: User) -> Client:
    return signed_in(seller)


def page_of(registration: Registration, name: str = "registration") -> str:
    return reverse(f"deals:{name}", args=[registration.public_id])


def filled_in(registration: Registration, **changes: Any) -> dict[str, Any]:
    """Return what the form of a complete draft sends, a line of EUR 1,200 included."""
    values = {
        "company": "Example GmbH",
        "domains": "www.example.com example.de",
        "country": "DE",
        "segment": "small",
        "first_name": "Grace",
        "last_name": "Example",
        "email": "grace@example.com",
        "name": "Example CRM",
        "expected_close_on": "2027-02-01",
        "owner": registration.owner_id or "",
        "need": "A CRM",
        "next_step": "",
        "intro_note": "",
        "data_is_lawful": "on",
        "lines-TOTAL_FORMS": "1",
        "lines-INITIAL_FORMS": "1",
        "lines-0-product_line": "sales_hub",
        "lines-0-edition": "professional",
        "lines-0-amount": "1 200,00",
        "lines-0-currency": "EUR",
        "lines-0-credits": "",
        "act": "submit",
    }
    return {**values, **changes}


def test_the_form_asks_what_the_rule_needs() -> None:
    assert {*RegistrationForm.base_fields, "lines"} == set(FIELDS)
    assert set(REQUIRED) <= set(FIELDS)


def test_from_two_pages_to_a_deal(visitor: Client, partner: Partner) -> None:
    first = {"company": "Example GmbH", "domains": "example.com", "country": "DE"}
    answer = visitor.post(NEW, first)
    draft = Registration.objects.get()
    assert answer.headers["Location"] == page_of(draft, "registration_edit")
    assert (draft.state, draft.origin, draft.name) == (
        State.DRAFT,
        "dashboard",
        "Example GmbH",
    )

    answer = visitor.post(answer.headers["Location"], filled_in(draft), follow=True)

    deal = Deal.objects.get()
    assert "Accepted: the deal is shared" in words(answer)
    assert (deal.partner, deal.name) == (partner, "Example CRM")
    assert [(line.mrr_minor, line.currency) for line in deal.lines.all()] == [
        (120_000, "EUR")
    ]


def test_a_conflict_shows_the_clock_and_why_and_nobody(
    visitor: Client, partner: Partner
) -> None:
    rival = PartnerFactory.create(name="Rival Ltd")
    client = ClientFactory.create(name="Secret")
    ClientDomain.objects.create(client=client, name="example.com")
    DealFactory.create(client=client, partner=rival)
    draft = RegistrationFactory.create(partner=partner)

    page = visitor.post(
        page_of(draft, "registration_edit"), filled_in(draft), follow=True
    )

    said = words(page)
    assert "48 hours left" in said
    assert "An open deal protects this prospect." in said
    assert "Rival" not in said
    assert "Secret" not in said
    assert "48 hours left" in words(visitor.get(LIST))


# --- Entrances ------------------------------------------------------------------------


def test_a_client_brings_what_is_known(visitor: Client, partner: Partner) -> None:
    client = ClientFactory.create(name="Example GmbH", country="DE", segment="small")
    ClientDomain.objects.create(client=client, name="xn--mller-kva.de")
    RelationshipFactory.create(partner=partner, client=client)
    address = f"{NEW}?client={client.public_id}"

    page = main_of(visitor.get(address))
    assert "Example GmbH" in page
    assert "müller.de" in page
    visitor.post(
        address, {"company": "Example GmbH", "domains": "müller.de", "country": "DE"}
    )

    draft = Registration.objects.get()
    assert (draft.origin, draft.client, draft.segment) == ("client", client, "small")


def test_another_company_typed_over_a_client_is_not_that_client(
    visitor: Client, partner: Partner
) -> None:
    client = ClientFactory.create()
    RelationshipFactory.create(partner=partner, client=client)

    visitor.post(
        f"{NEW}?client={client.public_id}",
        {"company": "Somebody else", "domains": "other.com", "country": "DE"},
    )

    assert Registration.objects.get().client is None


def test_a_copy_of_a_deal_takes_its_lines(visitor: Client, partner: Partner) -> None:
    deal = DealFactory.create(partner=partner, name="First", need="A CRM")
    DealLineFactory.create(deal=deal, mrr_minor=120_000, currency="EUR")
    client = deal.client

    visitor.post(
        f"{NEW}?deal={deal.public_id}",
        {"company": client.name, "domains": "example.com", "country": "US"},
    )

    copy = Registration.objects.get()
    assert (copy.origin, copy.name, copy.need) == ("copy", "Copy of First", "A CRM")
    assert copy.lines.get().mrr_minor == 120_000


def test_a_hold_brings_its_domain(visitor: Client, partner: Partner) -> None:
    hold = DomainHoldFactory.create(partner=partner, name="example.com")

    assert "example.com" in main_of(visitor.get(f"{NEW}?hold={hold.public_id}"))


def test_nothing_comes_from_what_one_does_not_see(visitor: Client) -> None:
    foreign = {
        "client": ClientFactory.create().public_id,
        "deal": DealFactory.create().public_id,
        "hold": DomainHoldFactory.create().public_id,
    }

    for name, public_id in foreign.items():
        assert visitor.get(f"{NEW}?{name}={public_id}").status_code == 404
        assert visitor.get(f"{NEW}?{name}=1").status_code == 400
    assert visitor.get(f"{NEW}?else=1").status_code == 400


# --- Drafts ---------------------------------------------------------------------------


def test_a_draft_needs_nothing_and_keeps_what_can_be_read(
    visitor: Client, partner: Partner
) -> None:
    draft = RegistrationFactory.create(partner=partner)
    sent = filled_in(draft, act="save", email="no address", last_name="", segment="")

    page = visitor.post(page_of(draft, "registration_edit"), sent)

    draft.refresh_from_db()
    assert page.status_code == 422
    assert "no address" in page.content.decode()
    assert (draft.company, draft.last_name, draft.segment) == ("Example GmbH", "", "")
    assert draft.email == "grace@prospect.example"
    sent["email"] = ""
    assert visitor.post(page_of(draft, "registration_edit"), sent).status_code == 302


def test_it_is_kept_while_somebody_writes(visitor: Client, partner: Partner) -> None:
    draft = RegistrationFactory.create(partner=partner)

    kept = visitor.post(
        page_of(draft, "registration_edit"),
        filled_in(draft, act="keep", need="Half a sen", domains="nonsense."),
        headers={"HX-Request": "true", "HX-Target": "kept"},
    )

    draft.refresh_from_db()
    assert draft.need == "Half a sen"
    assert draft.state == State.DRAFT
    assert "<html" not in kept.content.decode()
    assert "but for what could not be read" in words(kept)


def test_what_is_missing_stands_at_its_field(visitor: Client, partner: Partner) -> None:
    draft = RegistrationFactory.create(partner=partner)
    sent = filled_in(draft, data_is_lawful="", company="")
    sent["lines-0-product_line"] = sent["lines-0-edition"] = sent["lines-0-amount"] = ""
    del sent["data_is_lawful"]

    page = visitor.post(page_of(draft, "registration_edit"), sent)

    assert page.status_code == 422
    assert 'href="#id_company"' in page.content.decode()
    assert 'href="#id_data_is_lawful"' in page.content.decode()
    assert "at least one product" in words(page)
    draft.refresh_from_db()
    assert draft.state == State.DRAFT


@pytest.mark.parametrize(
    "line",
    [
        {"amount": "abc"},
        {"amount": "-1"},
        {"amount": "0"},
        {"amount": "1.234,5678"},
        {"amount": "9" * 20},
        {"amount": "NaN"},
        {"amount": "1e5"},
        {"amount": "١٢"},
        {"amount": "\x00"},
        {"product_line": "nonsense"},
        {"product_line": ""},
        {"edition": "ultimate"},
        {"currency": "XXX"},
        {"currency": ""},
        {"credits": "-1"},
        {"credits": "9" * 30},
        {"credits": "1.5"},
    ],
)
def test_a_hostile_line_is_refused_with_its_reason(
    visitor: Client, partner: Partner, line: dict[str, str]
) -> None:
    draft = RegistrationFactory.create(partner=partner)
    sent = filled_in(draft, **{f"lines-0-{name}": value for name, value in line.items()})

    page = visitor.post(page_of(draft, "registration_edit"), sent)

    assert page.status_code == 422
    assert Deal.objects.count() == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"lines-TOTAL_FORMS": ""},
        {"lines-TOTAL_FORMS": "1000000"},
        {"lines-INITIAL_FORMS": "x"},
        {"owner": "0"},
        {"owner": "x"},
        {"owner": "9" * 30},
        {"company": "\x00"},
        {"company": "a" * 201},
        {"name": "\u202egnp.exe"},
        {"domains": "gmail.com"},
        {"domains": "a.com " * 11},
        {"domains": "\ud7ff."},
        {"country": "XX"},
        {"segment": "huge"},
        {"email": "a@" + "b" * 250 + ".com"},
        {"expected_close_on": "0001-01-01"},
        {"expected_close_on": "2027-02-30"},
        {"expected_close_on": "9999-99-99"},
        {"need": "a" * 4_001},
    ],
)
def test_hostile_values_are_refused(
    visitor: Client, partner: Partner, changes: dict[str, str]
) -> None:
    draft = RegistrationFactory.create(partner=partner)
    for act in ("submit", "save", "keep"):
        page = visitor.post(
            page_of(draft, "registration_edit"), filled_in(draft, **changes, act=act)
        )
        assert page.status_code == (200 if act == "keep" else 422)
    draft.refresh_from_db()
    assert draft.state == State.DRAFT


def test_fewer_lines_than_none_are_none(visitor: Client, partner: Partner) -> None:
    draft = RegistrationFactory.create(partner=partner)
    sent = filled_in(draft, **{"lines-TOTAL_FORMS": "-1"})

    assert visitor.post(page_of(draft, "registration_edit"), sent).status_code == 422
    draft.refresh_from_db()
    assert draft.state == State.DRAFT


@pytest.mark.parametrize("form", [{}, {"company": "\x00"}, {"domains": ["a", "b"]}])
def test_the_first_step_refuses_what_it_cannot_read(
    visitor: Client, form: dict[str, Any]
) -> None:
    sent = {"company": "", "domains": "x", "country": "", **form}
    assert visitor.post(NEW, sent).status_code == 422
    assert not Registration.objects.exists()


def test_more_lines_keeps_the_draft_and_comes_back(
    visitor: Client, partner: Partner
) -> None:
    draft = RegistrationFactory.create(partner=partner)

    page = visitor.post(
        page_of(draft, "registration_edit"), filled_in(draft, act="more"), follow=True
    )

    assert 'name="lines-5-product_line"' in page.content.decode()
    assert visitor.get(page_of(draft, "registration_edit") + "?more=9").status_code == 400


def test_a_draft_is_discarded(visitor: Client, partner: Partner) -> None:
    draft = RegistrationFactory.create(partner=partner)

    page = visitor.post(page_of(draft, "registration_withdraw"), follow=True)

    assert "The draft was discarded." in words(page)
