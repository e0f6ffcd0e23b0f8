"""What else is known about a prospect, beside its registration, and to whom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser

from clients.models import Client, ClientDomain
from deals.models import Registration
from partners.models import Partner, User
from tests.factories import ClientFactory, DealFactory, PartnerFactory, UserFactory
from tests.factories.registrations import (
    WRITTEN,
    DomainHoldFactory,
    RegistrationFactory,
)
from tests.factories.specialists import growth_account
from tests.integration.admin.conftest import SignIn, url
from tests.integration.pages import words

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

NOW = WRITTEN + timedelta(hours=50)


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
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


def page(browser: Browser, row: Registration) -> Any:
    return browser.get(url(row, "change", row.pk))


def beside(browser: Browser, row: Registration) -> list[tuple[str, str, str, bool]]:
    alike = page(browser, row).context["alike"]
    return [(each.partner, each.company, each.why, bool(each.url)) for each in alike]


@pytest.fixture
def prospect(partner: Partner) -> Registration:
    """Return a registration of which something is known in every way."""
    other = PartnerFactory.create(name="Zebra partners")
    client = ClientFactory.create(name="Quelle Logistik", country="DE")
    ClientDomain.objects.create(client=client, name="quelle.com")
    DealFactory.create(partner=other, client=client, name="Zebra deal")
    twin = ClientFactory.create(name="Quellwerk GmbH", name_key="quellwerk", country="DE")
    DealFactory.create(partner=partner, client=twin, name="Our own deal")
    RegistrationFactory.create(
        partner=other, in_review=True, company="Quelle", domains=["quelle.com"]
    )
    DomainHoldFactory.create(partner=other, name="quelle.com", from_at=NOW)
    return registration(
        partner, company="Quellwerk", company_key="quellwerk", domains=["quelle.com"]
    )


def test_a_manager_of_partners_sees_that_and_not_of_whom(
    browser: Browser, prospect: Registration
) -> None:
    assert beside(browser, prospect) == [
        ("another partner", "Quelle Logistik", "same domain", False),
        ("Nordlicht", "Quellwerk GmbH", "similar name", True),
        ("another partner", "Quelle", "same domain", False),
        ("another partner", "quelle.com", "same domain", False),
        ("", "Quelle Logistik", "same domain", False),
        ("", "Quellwerk GmbH", "similar name", False),
    ]
    assert "Zebra" not in page(browser, prospect).content.decode()


@pytest.mark.parametrize("who", ["manager", "growth", "auditor"])
def test_who_sees_all_partners_sees_the_names(
    who: str, prospect: Registration, sign_in: SignIn, manager: User
) -> None:
    users = {
        "manager": lambda: manager,
        "growth": lambda: growth_account(""),
        "auditor": lambda: UserFactory.create(auditor=True),
    }

    found = beside(sign_in(users[who]()), prospect)

    assert [each[0] for each in found[:4]] == [
        "Zebra partners", "Nordlicht", "Zebra partners", "Zebra partners",
    ]  # fmt: skip


def test_who_else_is_known_takes_a_fixed_number_of_queries(
    as_manager: Browser, prospect: Registration, django_assert_max_num_queries: Any
) -> None:
    client = Client.objects.get(name="Quelle Logistik")
    DealFactory.create_batch(15, client=client)
    with django_assert_max_num_queries(30):
        page(as_manager, prospect)


def test_a_free_prospect_says_so(browser: Browser, partner: Partner) -> None:
    answer = page(browser, registration(partner))

    assert "Nothing: no deal, registration, hold or client" in words(answer)
