"""Accounts come from an import or an invitation; sign-in is limited at its one door."""

import pytest
from django.core.cache import cache
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from partners.models import User

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery staple"


@pytest.fixture
def alice() -> User:
    return User.objects.create_user("alice@partner.example", PASSWORD)


def sign_in(client: Client, *, email: str, password: str) -> int:
    form = {"login": email, "password": password}
    return client.post(reverse("account_login"), form).status_code


def test_the_address_and_the_password_open_the_door(client: Client, alice: User) -> None:
    assert sign_in(client, email="Alice@Partner.Example", password=PASSWORD) == 302
    assert client.session["_auth_user_id"] == str(alice.pk)


def test_a_wrong_password_does_not(client: Client, alice: User) -> None:
    assert sign_in(client, email=alice.email, password="wrong") == 200
    assert "_auth_user_id" not in client.session


def test_nobody_changes_the_address_the_programme_knows(
    client: Client, alice: User
) -> None:
    client.force_login(alice)

    answer = client.post(
        reverse("account_email"), {"email": "eve@stranger.example", "action_add": ""}
    )

    assert answer.status_code == 404
    alice.refresh_from_db()
    assert alice.email == "alice@partner.example"


def test_nobody_signs_up(client: Client) -> None:
    form = {"email": "eve@stranger.example", "password1": PASSWORD, "password2": PASSWORD}

    client.post(reverse("account_signup"), form)

    assert not User.objects.exists()


def test_guessing_ends(client: Client, alice: User, settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "3/5m/key"}
    cache.clear()
    for _ in range(4):
        sign_in(client, email=alice.email, password="wrong")

    sign_in(client, email=alice.email, password=PASSWORD)

    assert "_auth_user_id" not in client.session


def test_visitors_behind_one_proxy_are_limited_apart(
    alice: User, settings: Settings
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "2/5m/ip"}
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    cache.clear()
    for forged in ("198.51.100.1", "198.51.100.2", "198.51.100.3"):
        guesser = Client(headers={"x-forwarded-for": f"{forged}, 203.0.113.7"})
        sign_in(guesser, email=alice.email, password="wrong")
    other = Client(headers={"x-forwarded-for": "203.0.113.8"})

    assert sign_in(guesser, email=alice.email, password=PASSWORD) == 429
    assert sign_in(other, email=alice.email, password=PASSWORD) == 302


def test_the_letter_speaks_the_language_of_its_reader(
    client: Client, settings: Settings, mailoutbox: list[EmailMessage]
) -> None:
    settings.PORTAL_NAME = "Orbit & Co"
    reader = User.objects.create_user("zoe@partner.example", PASSWORD, language="fr")

    client.post(
        reverse("account_reset_password"),
        {"email": reader.email},
        headers={"accept-language": "en"},
    )

    [letter] = mailoutbox
    assert isinstance(letter, EmailMultiAlternatives)
    page = str(letter.alternatives[0][0])
    assert "Orbit & Co" in letter.body
    assert "Orbit &amp; Co" in page
    assert '<html lang="fr">' in page
    assert "testserver!" not in letter.body


def test_a_stranger_gets_no_letter(
    client: Client, mailoutbox: list[EmailMessage]
) -> None:
    answer = client.post(
        reverse("account_reset_password"), {"email": "eve@stranger.example"}
    )

    assert answer.status_code == 302
    assert mailoutbox == []


def test_a_new_session_key_at_sign_in(client: Client, alice: User) -> None:
    client.get(reverse("account_login"))
    session = client.session
    session["before"] = True
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before or ""

    sign_in(client, email=alice.email, password=PASSWORD)

    assert client.session.session_key != before
