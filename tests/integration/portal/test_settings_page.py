"""/settings/: how the portal speaks to somebody, and the way to what guards them."""

from __future__ import annotations

import pytest
from django.test import Client

from partners.models import Role, User
from tests.factories import PartnerFactory, UserFactory
from tests.integration.pages import (
    PAGE_MARKS,
    account_of,
    main_of,
    signed_in,
)

pytestmark = PAGE_MARKS


@pytest.fixture
def user() -> User:
    return account_of(PartnerFactory.create(), role=Role.READER)


def test_language_and_zone_are_stored_and_used(user: User) -> None:
    browser = signed_in(user)

    answer = browser.post("/settings/", {"language": "fr", "time_zone": "Europe/Paris"})

    assert answer.status_code == 302
    user.refresh_from_db()
    assert (user.language, user.time_zone) == ("fr", "Europe/Paris")
    assert '<html lang="fr"' in browser.get("/settings/").content.decode()


@pytest.mark.parametrize(
    "form",
    [
        {"language": "xx", "time_zone": "UTC"},
        {"language": "en", "time_zone": "../../etc/passwd"},
        {"language": "en", "time_zone": "Mars/Olympus"},
        {"language": "en\x00", "time_zone": "UTC"},
        {"language": "en"},
    ],
)
def test_what_does_not_exist_is_refused(user: User, form: dict[str, str]) -> None:
    assert signed_in(user).post("/settings/", form).status_code == 422

    user.refresh_from_db()
    assert (user.language, user.time_zone) == ("en", "UTC")


def test_nothing_else_can_be_set(user: User) -> None:
    form = {"language": "en", "time_zone": "UTC", "is_staff": "1", "email": "e@v.il"}

    signed_in(user).post("/settings/", form)

    after = User.objects.get(pk=user.pk)
    assert (after.is_staff, after.email) == (False, user.email)


def test_it_leads_to_what_guards_the_account(user: User) -> None:
    page = main_of(signed_in(user).get("/settings/"))

    for path in ("/accounts/2fa/", "/accounts/password/change/", "/accounts/sessions/"):
        assert f'href="{path}"' in page
    assert 'href="/company/people/"' in page


def test_staff_have_no_company_there() -> None:
    page = main_of(signed_in(UserFactory.create(auditor=True)).get("/settings/"))

    assert "/company/people/" not in page


def test_a_visitor_signs_in_first() -> None:
    assert Client().get("/settings/").status_code == 302
