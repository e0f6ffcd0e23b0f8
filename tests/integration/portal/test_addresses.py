"""Links in letters name the portal's own host, whoever asked for them."""

import pytest
from django.core.mail import EmailMessage
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import Settings

from tests.factories import UserFactory
from ui.http import absolute_url


def test_the_setting_wins_over_the_request(settings: Settings) -> None:
    settings.PORTAL_URL = "https://portal.example.com"
    request = RequestFactory().get("/points/?page=2", HTTP_HOST="localhost:8443")

    address = absolute_url(request, request.get_full_path())

    assert address == "https://portal.example.com/points/?page=2"


def test_without_the_setting_the_request_says_where_it_is(settings: Settings) -> None:
    settings.PORTAL_URL = ""
    request = RequestFactory().get("/", HTTP_HOST="localhost:8000")

    assert absolute_url(request, "/points/") == "http://localhost:8000/points/"


@pytest.mark.django_db
def test_a_forged_port_does_not_reach_the_letter(
    client: Client, settings: Settings, mailoutbox: list[EmailMessage]
) -> None:
    settings.PORTAL_URL = "https://portal.example.com"
    user = UserFactory.create()

    client.post(
        reverse("account_reset_password"),
        {"email": user.email},
        headers={"host": "localhost:666"},
    )

    [letter] = mailoutbox
    assert f"{settings.PORTAL_URL}/accounts/password/reset/key/" in str(letter.body)
    assert "localhost:666" not in letter.message().as_string()


@pytest.mark.django_db
def test_the_link_of_the_letter_opens(
    client: Client, settings: Settings, mailoutbox: list[EmailMessage]
) -> None:
    settings.PORTAL_URL = "https://portal.example.com"
    user = UserFactory.create()
    client.post(reverse("account_reset_password"), {"email": user.email})
    [link] = [
        word for word in str(mailoutbox[0].body).split() if word.startswith("https://")
    ]

    page = client.get(link.removeprefix(settings.PORTAL_URL), follow=True)

    assert page.status_code == 200
    assert b'name="password1"' in page.content
