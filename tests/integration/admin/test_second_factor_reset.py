"""A lost second factor is taken away by a programme manager, and by nobody else."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client as Browser

from partners.models import AuditEntry, User
from tests.factories import UserFactory
from tests.integration.admin.test_people_actions import act

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def colleague() -> User:
    user = UserFactory.create(finance=True)
    TOTP.activate(user, SECRET)
    return user


def test_a_manager_takes_it_away(
    as_manager: Browser, manager: User, colleague: User
) -> None:
    act(as_manager, "reset_second_factor", colleague)

    assert not Authenticator.objects.filter(user=colleague).exists()
    entry = AuditEntry.objects.get(action="accounts.second_factor_reset")
    assert (entry.actor, entry.object_id) == (manager, colleague.pk)


def test_there_is_none_to_take(as_manager: Browser) -> None:
    user = UserFactory.create(finance=True)

    [said] = act(as_manager, "reset_second_factor", user)

    assert "has no second factor" in said


def test_nobody_takes_the_own_away(as_manager: Browser, manager: User) -> None:
    TOTP.activate(manager, SECRET)

    act(as_manager, "reset_second_factor", manager)

    assert Authenticator.objects.filter(user=manager).exists()


def test_an_auditor_takes_nobodys_away(as_auditor: Browser, colleague: User) -> None:
    act(as_auditor, "reset_second_factor", colleague)

    assert Authenticator.objects.filter(user=colleague).exists()
