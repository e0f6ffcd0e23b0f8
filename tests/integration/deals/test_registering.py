"""A registration from draft to deal: what is accepted at once, and what waits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from clients.models import Client, ClientDomain
from deals.models import (
    Assignment,
    Deal,
    DealActivity,
    MotionStep,
    Registration,
    RegistrationStep,
)
from deals.services.registrations.registering import (
    submit,
)
from outbox.models import Job
from partners.models import AuditEntry, Notification, Partner, User
from program.domains import company_key
from tests.factories import (
    ClientFactory,
    DealFactory,
    PartnerFactory,
    SpecialistFactory,
)
from tests.factories.registrations import DomainHoldFactory, RegistrationFactory
from tests.integration.pages import NOON, TODAY, account_of

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOON, tick=False)]

State = Registration.State


@pytest.fixture
def partner() -> Partner:
    return PartnerFactory.create(with_pdm=True)


@pytest.fixture
def seller(partner: Partner) -> User:
    return account_of(partner, role="sales")


def submitted(draft: Registration, *, by: User | None = None) -> Registration:
    submit(registration_id=draft.pk, actor=by or draft.created_by, at=NOON, today=TODAY)
    return Registration.objects.get(pk=draft.pk)


def codes(registration: Registration) -> list[str]:
    return [each["code"] for each in registration.conflicts]


def told(kind: str) -> set[str]:
    return set(
        Notification.objects.filter(kind=kind).values_list("user__email", flat=True)
    )


# --- Accepted at once -----------------------------------------------------------------


def test_complete_and_without_a_conflict_it_is_a_deal_at_once(
    partner: Partner, seller: User
) -> None:
    draft = RegistrationFactory.create(
        partner=partner,
        company="Müller & Söhne GmbH",
        domains=["example.com", "example.de"],
        country="DE",
        need="A CRM",
        next_step="Demo",
        lines=[
            {"mrr_minor": 120_000, "currency": "EUR"},
            {"product_line": "breeze_intelligence", "credits": 20_000},
        ],
    )

    registration = submitted(draft, by=seller)

    deal = registration.deal
    assert deal
    assert registration.state == State.ACCEPTED
    assert (registration.decided_by, registration.decided_at) == (None, NOON)
    assert (deal.ref, deal.partner, deal.name) == (
        registration.number,
        partner,
        registration.name,
    )
    assert (deal.registered_on, deal.valid_until) == (TODAY, TODAY + timedelta(days=90))
    assert (deal.need, deal.next_step, deal.owner) == ("A CRM", "Demo", draft.owner)
    assert [
        (line.product_line, line.mrr_minor, line.currency, line.credits)
        for line in deal.lines.order_by("pk")
    ] == [
        ("sales_hub", 120_000, "EUR", None),
        ("breeze_intelligence", 100_000, "USD", 20_000),
    ]
    client = deal.client
    assert deal.client_label == "Müller & Söhne GmbH"
    # The record may be another partner's one day: what was typed is not shown from it.
    assert (client.name, client.segment) == (client.ref, "")
    assert (client.name_key, client.country) == (
        company_key("Müller & Söhne GmbH"),
        "DE",
    )
    assert sorted(client.domains.values_list("name", flat=True)) == [
        "example.com",
        "example.de",
    ]


def test_acceptance_starts_the_deals_life(partner: Partner, seller: User) -> None:
    SpecialistFactory.create()
    draft = RegistrationFactory.create(partner=partner, introduced_by_vendor=True)

    deal = submitted(draft, by=seller).deal

    assert deal
    assert (deal.motion, deal.motion_state) == ("assisted", "proposed")
    assert MotionStep.objects.get().evidence["introduced_by_vendor"] is True
    assert Assignment.objects.filter(deal=deal, kind="growth").count() == 1
    assert [step.to_stage for step in deal.transitions.all()] == ["registered"]
    assert "registered" in DealActivity.objects.values_list("kind", flat=True)
    assert set(deal.team.values_list("user_id", flat=True)) == {draft.created_by_id}
    assert Job.objects.filter(kind="deals.registered").count() == 1
    assert seller.email in told("deals.registration_accepted")
    assert told("deals.registration_to_review") == set()


def test_every_step_is_written_down(partner: Partner, seller: User) -> None:
    registration = submitted(RegistrationFactory.create(partner=partner), by=seller)

    steps = RegistrationStep.objects.order_by("pk").values_list(
        "event", "from_state", "to_state", "actor"
    )
    assert list(steps) == [
        ("submit", "draft", "submitted", seller.pk),
        ("accept", "submitted", "accepted", None),
    ]
    acts = set(AuditEntry.objects.values_list("action", flat=True))
    assert {
        *("deals.registration_submit", "deals.registration_accept"),
        *("deals.registered", "clients.client_added"),
    } <= acts
    assert registration.conflicts == []


def test_the_one_client_of_a_domain_is_the_client(partner: Partner) -> None:
    client = ClientFactory.create()
    ClientDomain.objects.create(client=client, name="example.com")

    deal = submitted(
        RegistrationFactory.create(partner=partner, domains=["example.com"])
    ).deal

    assert deal
    assert deal.client == client
    assert Client.objects.count() == 1


def test_a_hold_of_ones_own_is_used_up(partner: Partner) -> None:
    hold = DomainHoldFactory.create(partner=partner, name="example.com")

    registration = submitted(
        RegistrationFactory.create(partner=partner, domains=["example.com"])
    )

    hold.refresh_from_db()
    assert registration.state == State.ACCEPTED
    assert hold.ended_at == NOON


def test_a_client_may_buy_twice(partner: Partner) -> None:
    first = submitted(
        RegistrationFactory.create(partner=partner, domains=["example.com"])
    )
    second = submitted(
        RegistrationFactory.create(partner=partner, domains=["example.com"])
    )

    assert first.deal
    assert second.deal
    assert first.deal.client == second.deal.client


@pytest.mark.parametrize("membership", ["provider", "partner"])
def test_providers_and_partners_register(membership: str) -> None:
    company = PartnerFactory.create(membership=membership)

    assert submitted(RegistrationFactory.create(partner=company)).state == State.ACCEPTED


# --- A human looks --------------------------------------------------------------------


def open_deal(domain: str) -> None:
    client = ClientFactory.create(domain=domain)
    ClientDomain.objects.create(client=client, name=domain)
    DealFactory.create(client=client)


def rival_in_review(domain: str) -> None:
    RegistrationFactory.create(domains=[domain], in_review=True)


def rival_holds(domain: str) -> None:
    DomainHoldFactory.create(name=domain)


def two_clients(domain: str) -> None:
    for _number in range(2):
        ClientDomain.objects.create(client=ClientFactory.create(), name=domain)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (open_deal, "open_deal"),
        (rival_in_review, "in_review"),
        (rival_holds, "held"),
        (two_clients, "several_clients"),
    ],
)
def test_a_conflict_goes_to_a_human_with_a_promise(
    partner: Partner, seller: User, make: Any, code: str
) -> None:
    make("example.com")
    deals = Deal.objects.count()
    draft = RegistrationFactory.create(partner=partner, domains=["b.com", "example.com"])

    registration = submitted(draft, by=seller)

    assert (registration.state, registration.deal) == (State.SUBMITTED, None)
    assert codes(registration) == [code]
    assert registration.due_at == NOON + timedelta(hours=48)
    assert Deal.objects.count() == deals
    assert partner.pdm
    assert told("deals.registration_to_review") == {partner.pdm.email}


def test_a_name_that_is_nearly_the_same_goes_to_a_human(partner: Partner) -> None:
    name = "Müller & Söhne GmbH"
    deal = DealFactory.create(
        client__name=name, client__name_key=company_key(name), client__country="DE"
    )
    draft = RegistrationFactory.create(
        partner=partner, company="Muller + Sohne Holding", country="DE"
    )

    assert codes(submitted(draft)) == ["look_alike"]
    elsewhere = RegistrationFactory.create(
        partner=deal.partner, company="Muller + Sohne Holding", country="AT"
    )
    assert submitted(elsewhere).state == State.ACCEPTED


@pytest.mark.parametrize(
    "fields",
    [{"domains": ["ours.com"]}, {"email": "me@mail.ours.com"}],
    ids=["domain", "contact"],
)
def test_ones_own_company_goes_to_a_human(fields: dict[str, Any]) -> None:
    partner = PartnerFactory.create(domain="www.ours.com")

    registration = submitted(RegistrationFactory.create(partner=partner, **fields))

    assert codes(registration) == ["own_company"]


def test_another_domain_does_not_hide_the_client_it_is_about(partner: Partner) -> None:
    rival = DealFactory.create()
    draft = RegistrationFactory.create(partner=partner, client=rival.client)

    assert codes(submitted(draft)) == ["open_deal"]


def test_the_conflict_names_nobody(partner: Partner) -> None:
    rival = PartnerFactory.create(name="Rival Ltd")
    client = ClientFactory.create(name="Secret client")
    ClientDomain.objects.create(client=client, name="example.com")
    DealFactory.create(client=client, partner=rival, name="Secret deal")

    registration = submitted(
        RegistrationFactory.create(partner=partner, domains=["example.com"])
    )

    assert registration.conflicts == [{"code": "open_deal", "count": 1}]
    ours = Notification.objects.filter(user__people__partner=partner)
    steps = RegistrationStep.objects.filter(registration=registration)
    said = repr([*(each.facts for each in ours), *(step.facts for step in steps)])
    assert "Rival" not in said
    assert "Secret" not in said
