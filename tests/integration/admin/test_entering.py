"""Who gets into the back office, and by which door."""

from __future__ import annotations

import pytest
from django.contrib.admin import site
from django.core import mail
from django.test import Client as Browser
from django.urls import reverse

from partners.models import Partner, User
from tests.factories import PersonFactory, UserFactory
from tests.integration.admin.conftest import Portfolio, SignIn, url

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

INDEX = "/admin/"
DOORS = [
    INDEX,
    "/admin/login/",
    "/admin/partners/",
    "/admin/partners/partner/",
    "/admin/partners/partner/1/change/",
    "/admin/autocomplete/",
    "/admin/jsi18n/",
    "/admin/password_change/",
    "/admin/r/1/1/",
    "/admin/nothing/",
]


@pytest.mark.parametrize("door", DOORS)
def test_somebody_of_a_partner_does_not_get_in(door: str, sign_in: SignIn) -> None:
    person = PersonFactory.create(with_account=True)
    assert person.user

    answer = sign_in(person.user).get(door, follow=True)

    assert answer.status_code == 403
    assert answer.request["PATH_INFO"] == "/admin/login/"


@pytest.mark.parametrize("door", DOORS)
def test_a_stranger_is_led_to_the_portals_own_sign_in(door: str, client: Browser) -> None:
    answer = client.get(door, follow=True)

    assert answer.status_code == 200
    assert answer.request["PATH_INFO"] == reverse("account_login")


@pytest.mark.parametrize(
    "user",
    [
        {"is_staff": True},
        {"is_staff": False, "is_superuser": True},
    ],
    ids=["staff without a role", "superuser who is not staff"],
)
def test_without_a_role_there_is_no_way_in(
    user: dict[str, bool], sign_in: SignIn
) -> None:
    browser = sign_in(UserFactory.create(**user))

    assert browser.get(INDEX, follow=True).status_code == 403
    assert browser.post("/admin/login/").status_code == 403


def test_the_admins_own_sign_in_form_takes_no_password(
    client: Browser, sign_in: SignIn
) -> None:
    user = User.objects.create_user(
        "boss@portal.example", "a long password", is_staff=True, staff_role="auditor"
    )
    posted = {"username": user.email, "password": "a long password"}

    answers = [
        client.post("/admin/login/", posted),
        sign_in(UserFactory.create(auditor=True)).post("/admin/login/", posted),
    ]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    ("asked", "led_to"),
    [
        ("/admin/deals/deal/", "/admin/deals/deal/"),
        ("//evil.example/", INDEX),
        ("https:evil.example", INDEX),
        ("/\\evil.example", INDEX),
    ],
)
def test_the_way_back_stays_in_the_house(
    asked: str, led_to: str, client: Browser
) -> None:
    answer = client.get("/admin/login/", {"next": asked})

    assert answer["Location"] == f"{reverse('account_login')}?next={led_to}"


def test_a_password_is_changed_where_everybody_changes_it(as_pdm: Browser) -> None:
    answer = as_pdm.get("/admin/password_change/")

    assert answer["Location"] == reverse("account_change_password")


def test_what_is_taken_away_is_gone_on_the_next_request(
    mine: Portfolio, as_pdm: Browser
) -> None:
    assert as_pdm.get(url(Partner, "changelist")).status_code == 200

    User.objects.filter(pk=mine.pdm.pk).update(staff_role="growth_specialist")
    assert as_pdm.get(url(Partner, "changelist")).status_code == 403

    User.objects.filter(pk=mine.pdm.pk).update(staff_role="", is_staff=False)
    assert as_pdm.get(INDEX, follow=True).status_code == 403

    User.objects.filter(pk=mine.pdm.pk).update(is_active=False)
    answer = as_pdm.get(INDEX, follow=True)
    assert answer.request["PATH_INFO"] == reverse("account_login")


def test_pages_of_other_packages_are_not_there() -> None:
    labels = {model._meta.label for model in site._registry}

    assert not {label for label in labels if label.startswith(("auth.", "account."))}


def test_a_new_member_of_staff_sets_the_password_by_mail(
    as_manager: Browser, client: Browser
) -> None:
    posted = {
        "email": "New@Portal.Example",
        "full_name": "New Colleague",
        "staff_role": "finance",
        "language": "fr",
        "time_zone": "Europe/Paris",
    }

    answer = as_manager.post(url(User, "add"), posted)

    assert answer.status_code == 302
    user = User.objects.get(email="new@portal.example")
    assert (user.is_staff, user.is_superuser, user.staff_role) == (True, False, "finance")
    assert not user.has_usable_password()
    client.post(reverse("account_reset_password"), {"email": user.email})
    assert [letter.to for letter in mail.outbox] == [[user.email]]
    assert "/password/reset/key/" in mail.outbox[0].body
