"""Invitations, and requests to join."""

import hashlib
from datetime import UTC, datetime, timedelta

import factory
from factory.django import DjangoModelFactory

from partners.models import Invitation, JoinRequest, Role
from tests.factories.partners import PartnerFactory, PersonFactory

WRITTEN = datetime(2026, 11, 23, 12, tzinfo=UTC)


class InvitationFactory(DjangoModelFactory[Invitation]):
    """An invitation that holds for seven days; its link ends with `token`."""

    class Meta:
        model = Invitation

    class Params:
        token = factory.Sequence(lambda n: f"token-{n}")
        owner = factory.SubFactory(
            PersonFactory,
            partner=factory.SelfAttribute("..partner"),
            with_account=True,
        )

    partner = factory.SubFactory(PartnerFactory)
    email = factory.Sequence(lambda n: f"invited{n}@example.com")
    role = Role.SALES
    language = "en"
    token_sha256 = factory.LazyAttribute(
        lambda invitation: hashlib.sha256(invitation.token.encode()).hexdigest()
    )
    invited_by = factory.LazyAttribute(lambda invitation: invitation.owner.user)
    created_at = WRITTEN
    expires_at = factory.LazyAttribute(
        lambda invitation: invitation.created_at + timedelta(days=7)
    )


class JoinRequestFactory(DjangoModelFactory[JoinRequest]):
    """A confirmed request that no owner has answered."""

    class Meta:
        model = JoinRequest

    partner = factory.SubFactory(PartnerFactory)
    email = factory.Sequence(lambda n: f"joining{n}@example.com")
    language = "en"
    confirmed_at = WRITTEN
