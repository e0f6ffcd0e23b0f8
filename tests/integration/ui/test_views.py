"""Language and colours: chosen by a form on every page, kept, and nothing else."""

import pytest
from django.test import Client

from partners.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def test_the_language_is_kept_on_the_account_and_in_the_browser(
    owner: User, owner_client: Client
) -> None:
    answer = owner_client.post("/ui/language/", {"language": "fr", "next": "/deals/?q=a"})

    owner.refresh_from_db()
    assert owner.language == "fr"
    assert answer.headers["Location"] == "/deals/?q=a"
    assert answer.cookies["django_language"].value == "fr"


def test_people_who_are_not_signed_in_choose_too() -> None:
    client = Client()

    client.post("/ui/language/", {"language": "fr", "next": "/accounts/login/"})
    client.post("/ui/theme/", {"theme": "dark", "next": "/accounts/login/"})
    page = client.get("/accounts/login/").content.decode()

    assert '<html lang="fr" data-bs-theme="dark">' in page


def test_the_colours_are_kept_in_a_careful_cookie(owner_client: Client) -> None:
    answer = owner_client.post("/ui/theme/", {"theme": "light"}, secure=True)

    cookie = answer.cookies["theme"]
    assert (cookie.value, cookie["samesite"]) == ("light", "Lax")
    assert cookie["secure"]
    assert cookie["httponly"]


def test_without_a_choice_the_system_decides() -> None:
    page = Client().get("/accounts/login/").content.decode()

    assert 'data-bs-theme="auto"' in page


def test_a_cookie_with_other_colours_is_ignored() -> None:
    client = Client()
    client.cookies["theme"] = '"><script>'

    assert 'data-bs-theme="auto"' in client.get("/accounts/login/").content.decode()


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/ui/theme/", {"theme": "pink"}),
        ("/ui/theme/", {}),
        ("/ui/language/", {"language": "xx"}),
        ("/ui/language/", {"language": "fr\x00"}),
    ],
)
def test_other_choices_are_refused_and_change_nothing(
    path: str, data: dict[str, str], owner: User, owner_client: Client
) -> None:
    answer = owner_client.post(path, data)

    owner.refresh_from_db()
    assert answer.status_code == 400
    assert owner.language == "en"


@pytest.mark.parametrize(
    "page",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/ui/theme/", "/ui/language/"])
def test_nobody_is_led_out_of_the_portal(page: str, path: str) -> None:
    data = {"theme": "dark", "language": "fr", "next": page}

    assert Client().post(path, data).headers["Location"] == "/"


@pytest.mark.parametrize("path", ["/ui/theme/", "/ui/language/"])
def test_reading_changes_nothing(path: str) -> None:
    assert Client().get(path).status_code == 405


@pytest.mark.parametrize("path", ["/ui/theme/", "/ui/language/"])
def test_a_form_of_another_site_is_refused(path: str) -> None:
    client = Client(enforce_csrf_checks=True)

    answer = client.post(path, {"theme": "dark", "language": "fr"})

    assert answer.status_code == 403
    assert "Nothing was changed." in answer.content.decode()
