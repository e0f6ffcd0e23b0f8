"""Accounts, companies, people, what they hold, and entries of the points ledger."""

from datetime import UTC, date, datetime, time

import factory
from factory.django import DjangoModelFactory

from partners.models import (
    Accreditation,
    Certification,
    KindChoice,
    MembershipChoice,
    Partner,
    Person,
    PointsEntry,
    Role,
    StaffRole,
    TierChange,
    TierChoice,
    User,
)
from partners.selectors import edition_on


def _staff(role: StaffRole) -> factory.Trait:
    return factory.Trait(is_staff=True, staff_role=role)


class UserFactory(DjangoModelFactory[User]):
    """An account that belongs to nobody yet; a trait makes it a member of staff."""

    class Meta:
        model = User

    class Params:
        pdm = _staff(StaffRole.PDM)
        programme_manager = _staff(StaffRole.PROGRAMME_MANAGER)
        finance = _staff(StaffRole.FINANCE)
        growth_specialist = _staff(StaffRole.GROWTH_SPECIALIST)
        auditor = _staff(StaffRole.AUDITOR)

    email = factory.Sequence(lambda n: f"user{n}@example.com")


class PartnerFactory(DjangoModelFactory[Partner]):
    """A Solutions Partner without people, tier or points."""

    class Meta:
        model = Partner

    class Params:
        provider = factory.Trait(membership=MembershipChoice.PROVIDER)
        with_pdm = factory.Trait(pdm=factory.SubFactory(UserFactory, pdm=True))

    ref = factory.Sequence(lambda n: f"P-{n:05}")
    name = factory.Sequence(lambda n: f"Partner {n}")
    membership = MembershipChoice.PARTNER
    country = "US"
    joined_on = date(2024, 1, 1)

    @classmethod
    def _create(
        cls, model_class: type[Partner], *args: object, **values: object
    ) -> Partner:
        """Write the history of an invitation to Elite, too, if its day is given."""
        partner: Partner = super()._create(model_class, *args, **values)
        if invited_on := partner.elite_invited_on:
            partner.elite_admissions.create(
                on=invited_on,
                admitted=True,
                recorded_at=datetime.combine(invited_on, time(), UTC),
            )
        return partner


class PersonFactory(DjangoModelFactory[Person]):
    """An owner of a partner company who has never signed in."""

    class Meta:
        model = Person

    class Params:
        with_account = factory.Trait(
            user=factory.SubFactory(
                UserFactory,
                email=factory.SelfAttribute("..email"),
            )
        )
        left = factory.Trait(left_on=date(2025, 1, 1))

    partner = factory.SubFactory(PartnerFactory)
    email = factory.Sequence(lambda n: f"person{n}@example.com")
    first_name = "Ada"
    last_name = factory.Sequence(lambda n: f"Example {n}")
    role = Role.OWNER


class CertificationFactory(DjangoModelFactory[Certification]):
    """A Solutions Partner Certification that does not expire (R8)."""

    class Meta:
        model = Certification

    class Params:
        expired = factory.Trait(expires_on=date(2025, 1, 1))

    person = factory.SubFactory(PersonFactory)
    kind = Certification.Kind.SOLUTIONS_PARTNER
    name = factory.Sequence(lambda n: f"Solutions Partner {n}")
    earned_on = date(2024, 1, 1)


class AccreditationFactory(DjangoModelFactory[Accreditation]):
    """A CRM Implementation accreditation that does not expire (R38)."""

    class Meta:
        model = Accreditation

    partner = factory.SubFactory(PartnerFactory)
    name = "CRM Implementation"
    granted_on = date(2024, 1, 1)


class TierChangeFactory(DjangoModelFactory[TierChange]):
    """Gold, credited before the portal was there."""

    class Meta:
        model = TierChange

    partner = factory.SubFactory(PartnerFactory)
    on = date(2025, 1, 15)
    tier = TierChoice.GOLD
    cause = TierChange.Cause.IMPORTED
    recorded_at = factory.LazyAttribute(
        lambda change: datetime(
            change.on.year, change.on.month, change.on.day, 6, tzinfo=UTC
        )
    )


class PointsEntryFactory(DjangoModelFactory[PointsEntry]):
    """Sourced points of a won deal line, USD 1,000 in the United States: 50 points (P1).

    A trait for the other kinds changes the kind and what the database asks of it; facts
    that a receipt recomputes are the test's to write.
    """

    class Meta:
        model = PointsEntry

    class Params:
        assisted = factory.Trait(kind=KindChoice.ASSISTED)
        managed = factory.Trait(
            kind=KindChoice.MANAGED,
            expires_on=None,
            source_kind=PointsEntry.Source.MANAGED_CLIENT,
            source_ref=factory.Sequence(lambda n: f"C-{n:05}"),
            reason=PointsEntry.Reason.STOCK,
        )

    partner = factory.SubFactory(PartnerFactory)
    kind = KindChoice.SOURCED
    points = 50_000_000
    effective_on = date(2026, 1, 10)
    expires_on = factory.LazyAttribute(
        lambda entry: entry.effective_on.replace(year=entry.effective_on.year + 1)
    )
    recorded_at = factory.LazyAttribute(
        lambda entry: datetime(
            entry.effective_on.year,
            entry.effective_on.month,
            entry.effective_on.day,
            6,
            tzinfo=UTC,
        )
    )
    source_kind = PointsEntry.Source.DEAL_LINE
    # Far above the ids of lines that a test may make beside the entry.
    source_id = factory.Sequence(lambda n: 1_000_000 + n)
    seq = 0
    source_ref = factory.Sequence(lambda n: f"D-{n:05}/sales_hub")
    reason = PointsEntry.Reason.WON
    facts = factory.LazyAttribute(
        lambda entry: {
            "deal": entry.source_ref.partition("/")[0],
            "client": "C-1",
            "product_line": "sales_hub",
            "mrr_minor": 100_000,
            "currency": "USD",
            "unit_minor": 10_000,
            "rate": 5,
            "multiplier": 1,
            "territory": "US",
            "growth": False,
            "worth": 50_000_000,
        }
    )
    edition_id = factory.LazyAttribute(lambda entry: edition_on(entry.effective_on).id)
