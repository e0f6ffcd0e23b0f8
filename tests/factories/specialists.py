"""The vendor's specialists."""

from typing import Any

import factory
from factory.django import DjangoModelFactory

from deals.models import Specialist, SpecialistArea, SpecialistKind
from partners.models import User
from tests.factories.partners import UserFactory


class SpecialistFactory(DjangoModelFactory[Specialist]):
    """A growth specialist without an area and without an account."""

    class Meta:
        model = Specialist

    kind = SpecialistKind.GROWTH
    name = factory.Sequence(lambda n: f"Specialist {n}")
    email = factory.Sequence(lambda n: f"specialist{n}@portal.example")


class SpecialistAreaFactory(DjangoModelFactory[SpecialistArea]):
    """Everywhere."""

    class Meta:
        model = SpecialistArea

    specialist = factory.SubFactory(SpecialistFactory)


def growth_account(*territories: str, **account: Any) -> User:
    """Return an account that works in territories; "" is everywhere, none is nowhere."""
    user: User = UserFactory.create(growth_specialist=True, **account)
    specialist = SpecialistFactory.create(user=user)
    for territory in territories:
        SpecialistAreaFactory.create(specialist=specialist, territory=territory)
    return user
