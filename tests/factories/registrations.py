"""Registrations as they wait, domains, and what else is known about a prospect."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import factory
from factory.django import DjangoModelFactory

from deals.models import (
    DomainHold,
    RegisteredDomain,
    Registration,
    RegistrationDomain,
    RegistrationLine,
)
from partners.models import OwnEdition
from program.domains import company_key
from tests.factories.partners import PartnerFactory, PersonFactory

WRITTEN = datetime(2026, 11, 23, 12, tzinfo=UTC)


def with_domains(registration: Registration, names: Iterable[str]) -> None:
    """Give a registration its domains, normalised already."""
    for name in names:
        domain, _new = RegisteredDomain.objects.get_or_create(name=name)
        RegistrationDomain.objects.create(registration=registration, domain=domain)


class RegistrationFactory(DjangoModelFactory[Registration]):
    """A complete draft for `prospect<n>.com` with a line of USD 1,000 a month.

    `in_review`: submitted, with 48 hours to answer; `asked`: the vendor asks about the
    e-mail address.
    """

    class Meta:
        model = Registration

    class Params:
        in_review = factory.Trait(
            state=Registration.State.SUBMITTED,
            submitted_at=WRITTEN,
            due_at=WRITTEN + timedelta(hours=48),
            conflicts=[{"code": "open_deal", "count": 1}],
        )
        asked = factory.Trait(
            in_review=True,
            state=Registration.State.NEEDS_INFO,
            open_fields=["email"],
            question="Does this address exist?",
        )

    partner = factory.SubFactory(PartnerFactory)
    owner = factory.SubFactory(
        PersonFactory, partner=factory.SelfAttribute("..partner"), with_account=True
    )
    created_by = factory.LazyAttribute(lambda registration: registration.owner.user)
    created_at = WRITTEN
    saved_at = WRITTEN
    company = factory.Sequence(lambda n: f"Prospect {n * 7919} GmbH")
    company_key = factory.LazyAttribute(lambda each: company_key(each.company))
    country = "DE"
    segment = "mid_market"
    first_name = "Grace"
    last_name = "Example"
    email = "grace@prospect.example"
    name = factory.Sequence(lambda n: f"Registration {n}")
    expected_close_on = date(2027, 2, 1)
    data_is_lawful = True

    domains = None
    lines = None

    @classmethod
    def _create(
        cls, model_class: type[Registration], *args: object, **values: Any
    ) -> Registration:
        """Make its domains and lines, too; without names one domain of its own."""
        domains, lines = values.pop("domains"), values.pop("lines")
        registration: Registration = super()._create(model_class, *args, **values)
        if domains is None:
            domains = [f"prospect{registration.pk}.com"]
        with_domains(registration, domains)
        for line in [{}] if lines is None else lines:
            RegistrationLine.objects.create(
                **{
                    "registration": registration,
                    "product_line": "sales_hub",
                    "edition": OwnEdition.PROFESSIONAL,
                    "mrr_minor": 100_000,
                    "currency": "USD",
                    **line,
                }
            )
        return registration


class DomainHoldFactory(DjangoModelFactory[DomainHold]):
    """A domain held for a company since noon of the day of the tests."""

    class Meta:
        model = DomainHold

    class Params:
        name = factory.Sequence(lambda n: f"held{n}.com")
        person = factory.SubFactory(
            PersonFactory, partner=factory.SelfAttribute("..partner"), with_account=True
        )

    partner = factory.SubFactory(PartnerFactory)
    domain = factory.LazyAttribute(
        lambda hold: RegisteredDomain.objects.get_or_create(name=hold.name)[0]
    )
    held_by = factory.LazyAttribute(lambda hold: hold.person.user)
    from_at = WRITTEN
    until_at = factory.LazyAttribute(lambda hold: hold.from_at + timedelta(hours=24))
