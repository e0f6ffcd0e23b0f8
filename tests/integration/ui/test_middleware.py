"""What a signed-in person has chosen counts more than what the browser asks for."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone, translation

from partners.models import User
from ui.middleware import PersonLanguageMiddleware


def seen_by(user: object) -> tuple[dict[str, Any], HttpResponse]:
    """Return what a view finds active for this user, and the answer."""
    seen: dict[str, Any] = {}

    def view(request: HttpRequest) -> HttpResponse:
        seen["language"] = translation.get_language()
        seen["zone"] = timezone.get_current_timezone_name()
        seen["code"] = request.LANGUAGE_CODE
        return HttpResponse()

    request = RequestFactory().get("/")
    request.user = user  # type: ignore[assignment]
    with translation.override("en"):
        response = PersonLanguageMiddleware(view)(request)
        seen["after"] = (translation.get_language(), timezone.get_current_timezone_name())
    assert isinstance(response, HttpResponse)
    return seen, response


def test_activates_language_and_zone_and_puts_them_back() -> None:
    seen, response = seen_by(User(language="fr", time_zone="Europe/Paris"))

    assert (seen["language"], seen["code"], seen["zone"]) == ("fr", "fr", "Europe/Paris")
    assert seen["after"] == ("en", "UTC")
    assert response["Content-Language"] == "fr"


def test_leaves_people_who_are_not_signed_in_to_their_browser() -> None:
    seen, response = seen_by(AnonymousUser())

    assert (seen["language"], seen["zone"]) == ("en", "UTC")
    assert response["Content-Language"] == "en"


def test_forgets_a_zone_that_somebody_left_in_the_thread() -> None:
    with timezone.override("Asia/Tokyo"):
        seen, _response = seen_by(AnonymousUser())

    assert seen["zone"] == "UTC"


@pytest.mark.parametrize("zone", ["", "Nowhere/Town", "../etc/passwd", "\x00"])
def test_a_zone_this_machine_lacks_is_the_portals_own(zone: str) -> None:
    seen, _response = seen_by(User(language="xx", time_zone=zone))

    assert (seen["language"], seen["zone"]) == ("en", "UTC")


def test_an_error_puts_them_back_too() -> None:
    def fails(_request: HttpRequest) -> HttpResponse:
        raise RuntimeError

    request = RequestFactory().get("/")
    request.user = User(language="fr", time_zone="Europe/Paris")
    call: Callable[[HttpRequest], object] = PersonLanguageMiddleware(fails)

    with translation.override("en"):
        with pytest.raises(RuntimeError):
            call(request)
        assert translation.get_language() == "en"


def test_the_account_speaks_whatever_the_browser_asks(
    demo_urls: None, owner: User, owner_client: Client
) -> None:
    owner.language = "fr"
    owner.save()

    page = owner_client.get("/demo/", headers={"accept-language": "en"})

    assert page["Content-Language"] == "fr"
    assert '<html lang="fr"' in page.content.decode()


@pytest.mark.django_db
def test_before_signing_in_the_browser_is_asked() -> None:
    page = Client().get("/accounts/login/", headers={"accept-language": "fr"})

    assert page["Content-Language"] == "fr"
    assert '<html lang="fr"' in page.content.decode()
