"""What both sides put on a shared deal."""

from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

import factory
from django.core.files.base import ContentFile
from factory.django import DjangoModelFactory

from deals.models import DealFile, DealRequest, ProofRequest
from tests.factories.deals import DealFactory
from tests.factories.partners import PersonFactory, UserFactory

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class DealFileFactory(DjangoModelFactory[DealFile]):
    """A text file of the partner. `by_vendor`: a file of the vendor."""

    class Meta:
        model = DealFile

    class Params:
        text = factory.Sequence(lambda n: f"content {n}")
        by_vendor = factory.Trait(
            uploaded_by=factory.SubFactory(UserFactory, programme_manager=True)
        )
        person = factory.SubFactory(
            PersonFactory,
            partner=factory.SelfAttribute("..deal.partner"),
            with_account=True,
        )

    deal = factory.SubFactory(DealFactory)
    name = factory.Sequence(lambda n: f"notes-{n}.txt")
    media_type = "text/plain"
    size = factory.LazyAttribute(lambda file: len(file.text))
    sha256 = factory.LazyAttribute(lambda file: sha256(file.text.encode()).hexdigest())
    content = factory.LazyAttribute(lambda file: ContentFile(file.text.encode(), "x"))
    uploaded_by = factory.LazyAttribute(lambda file: file.person.user)
    uploaded_at = NOON


class DealRequestFactory(DjangoModelFactory[DealRequest]):
    """A request for help with a demo. `waiver`: one for an onboarding waiver."""

    class Meta:
        model = DealRequest

    class Params:
        person = factory.SubFactory(
            PersonFactory,
            partner=factory.SelfAttribute("..deal.partner"),
            with_account=True,
        )
        waiver = factory.Trait(
            kind=DealRequest.Kind.WAIVER,
            hours=40,
            from_on=date(2026, 12, 1),
            until_on=date(2027, 2, 1),
            client_agrees=True,
        )

    deal = factory.SubFactory(DealFactory)
    kind = DealRequest.Kind.DEMO
    text = "A demo of the reports in French"
    asked_by = factory.LazyAttribute(lambda request: request.person.user)
    asked_at = NOON
    due_at = NOON + timedelta(hours=48)


class ProofRequestFactory(DjangoModelFactory[ProofRequest]):
    """An open link to a client."""

    class Meta:
        model = ProofRequest

    class Params:
        person = factory.SubFactory(
            PersonFactory,
            partner=factory.SelfAttribute("..deal.partner"),
            with_account=True,
        )

    deal = factory.SubFactory(DealFactory)
    secret_hash = factory.Sequence(lambda n: f"{n:064}")
    name = "Ana Client"
    email = "ana@client.example"
    asked_by: Any = factory.LazyAttribute(lambda request: request.person.user)
    asked_at = NOON
    expires_at = NOON + timedelta(days=14)
