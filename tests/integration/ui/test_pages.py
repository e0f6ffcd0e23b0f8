"""What holds for every page: headers, the document around it, errors, sign-in."""

import re
from html.parser import HTMLParser

import pytest
from django.core import mail
from django.template import Context, TemplateSyntaxError, engines
from django.template.loader import get_template
from django.test import Client, RequestFactory
from django.utils import translation
from pytest_django import DjangoAssertNumQueries, Settings

from partners.models import User
from tests.factories.partners import UserFactory
from tests.integration.ui.demo import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

SIGNED_OUT = [
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/x-y/",
    "/accounts/password/reset/key/done/",
]
SIGNED_IN = ["/accounts/password/change/", "/accounts/logout/"]
DEMO = ["/demo/?message=1", "/demo/list/", "/demo/list/?empty=1", "/demo/form/"]

DATA_BLOCK = "application/json"
"""A script element of this type is data to the browser; the policy lets it stand."""


class Inline(HTMLParser):
    """Collects what the content security policy would refuse, and the page's outline."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: list[str] = []
        self.headings: list[str] = []
        self.ids: list[str] = []
        self.landmarks: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        inline_script = tag == "script" and "src" not in names
        if tag == "style" or (inline_script and names.get("type") != DATA_BLOCK):
            self.refused.append(tag)
        self.refused += [name for name in names if name == "style" or name[:2] == "on"]
        if tag in {"h1", "main"}:
            self.landmarks.append(tag)
        if names.get("id"):
            self.ids.append(str(names["id"]))


def check_page(page: str) -> None:
    """Check what must hold for the HTML of every page."""
    seen = Inline()
    seen.feed(page)
    assert seen.refused == []
    assert sorted(seen.landmarks) == ["h1", "main"]
    assert len(seen.ids) == len(set(seen.ids))
    assert re.search(r"<title>\s*\S.* · Partner Portal</title>", page, re.DOTALL)


def policy(header: str) -> dict[str, set[str]]:
    """Parse a Content-Security-Policy; its order differs from process to process."""
    parts = (part.split() for part in header.split(";") if part.strip())
    return {name: set(values) for name, *values in parts}


# --- Every page ------------------------------------------------------------------------


@pytest.mark.parametrize("path", SIGNED_OUT)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_pages_before_signing_in_are_whole(path: str, language: str) -> None:
    page = Client().get(path, headers={"accept-language": language})

    assert page.status_code == 200
    assert f'<html lang="{language}"' in page.content.decode()
    check_page(page.content.decode())


@pytest.mark.parametrize("path", [*SIGNED_IN, *DEMO])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_pages_of_a_person_are_whole(
    path: str, language: str, demo_urls: None, owner: User, owner_client: Client
) -> None:
    owner.language = language
    owner.save()

    page = owner_client.get(path)

    assert page.status_code == 200
    check_page(page.content.decode())
    assert "Northwind Digital" in page.content.decode()


def test_nothing_inline_may_run_and_nothing_foreign_may_load() -> None:
    rules = policy(Client().get("/accounts/login/")["Content-Security-Policy"])

    assert rules["default-src"] == {"'self'"}
    assert not {"script-src", "style-src", "connect-src", "font-src"} & set(rules)
    assert rules["img-src"] == {"'self'", "data:"}
    assert rules["form-action"] == {"'self'"}
    assert rules["frame-ancestors"] == rules["object-src"] == {"'none'"}


def test_htmx_neither_evaluates_nor_stores_pages() -> None:
    page = Client().get("/accounts/login/").content.decode()

    config = re.search(r'name="htmx-config"\s+content=\'([^\']+)\'', page)
    assert config
    for setting in ('"allowEval": false', '"historyCacheSize": 0', '"code": "422"'):
        assert setting in config[1]
    assert re.search(r"<script[^>]+htmx-?2?[^>]*\.js", page)


def test_the_shell_asks_the_database_for_the_person_only(
    demo_urls: None,
    owner_client: Client,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    owner_client.get("/demo/")

    with django_assert_num_queries(2):  # session; account with all about it
        owner_client.get("/demo/")


def test_texts_of_people_are_escaped(owner: User, owner_client: Client) -> None:
    assert owner.partner
    owner.partner.name = "<b>Northwind</b>"
    owner.partner.save()

    page = owner_client.get("/accounts/logout/").content.decode()

    assert "&lt;b&gt;Northwind&lt;/b&gt;" in page
    assert "<b>" not in page


def test_messages_say_how_grave_they_are(demo_urls: None, owner_client: Client) -> None:
    page = owner_client.get("/demo/?message=1").content.decode()

    assert '<div class="notice notice-success" role="status">' in page
    assert '<div class="notice notice-error" role="alert">' in page


def test_a_programme_has_its_own_name(settings: Settings) -> None:
    settings.PORTAL_NAME = "Orbit & Co"

    page = Client().get("/accounts/login/").content.decode()

    assert "Orbit &amp; Co</title>" in page


# --- Fragments -------------------------------------------------------------------------


def test_htmx_gets_the_named_element_and_a_line_to_announce(
    demo_urls: None, owner_client: Client
) -> None:
    answer = owner_client.get(
        "/demo/list/?page=2",
        headers={"HX-Request": "true", "HX-Target": "demo-table", "HX-Boosted": "true"},
    )

    page = answer.content.decode()
    assert page.lstrip().startswith('<section id="demo-table"')
    assert 'hx-swap-oob="innerHTML:#announcement">26–50 of 214<' in page
    assert "<main" not in page
    assert "HX-Target" in answer["Vary"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"HX-Request": "true", "HX-Target": "elsewhere"},
        {
            "HX-Request": "true",
            "HX-Target": "demo-table",
            "HX-History-Restore-Request": "true",
        },
    ],
    ids=["browser", "another element", "history"],
)
def test_everybody_else_gets_the_page(
    headers: dict[str, str], demo_urls: None, owner_client: Client
) -> None:
    page = owner_client.get("/demo/list/", headers=headers).content.decode()

    assert page.startswith(("\n", "<!DOCTYPE html>"))
    check_page(page)


def test_the_download_is_what_the_list_shows(
    demo_urls: None, owner: User, owner_client: Client
) -> None:
    owner.language = "fr"
    owner.save()

    answer = owner_client.get("/demo/list.csv")

    lines = b"".join(answer).decode().splitlines()
    assert lines[1] == "D-00001;Borealis & Söhne;2025-11-20;11,125973"
    assert len(lines) == 1_201


# --- Errors ----------------------------------------------------------------------------


@pytest.fixture
def quiet() -> Client:
    """Return a browser that gets error pages and not the test client's exceptions."""
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("code", [400, 403, 404, 500])
def test_error_pages_say_code_sentence_and_next_step(
    code: int, demo_urls: None, owner: User, quiet: Client
) -> None:
    quiet.force_login(owner)

    answer = quiet.get(f"/demo/{code}/")

    page = answer.content.decode()
    assert answer.status_code == code
    assert f'<p class="error-code">{code}</p>' in page
    check_page(page)


def test_a_bad_address_hears_what_was_wrong(
    demo_urls: None, owner_client: Client
) -> None:
    page = owner_client.get("/demo/list/?pgae=%3Cb%3E").content.decode()

    assert "This page knows no parameter “pgae”." in page
    check_page(page)


def test_a_stranger_finds_no_page_either(quiet: Client) -> None:
    answer = quiet.get("/no/such/page/")

    assert answer.status_code == 404
    assert "Page not found" in answer.content.decode()
    check_page(answer.content.decode())


def test_an_unknown_host_gets_a_page_without_asking_who_it_is(quiet: Client) -> None:
    answer = quiet.get("/accounts/login/", headers={"host": "evil.example"})

    assert answer.status_code == 400
    assert "evil.example" not in answer.content.decode()


def test_the_last_error_page_needs_no_request_and_no_context() -> None:
    with translation.override("fr"):
        page = get_template("500.html").render()

    assert "Cette page a échoué" in page
    check_page(page)


# --- Signing in ------------------------------------------------------------------------


def test_signing_in_leads_to_the_home_page(demo_urls: None, owner: User) -> None:
    credentials = {"login": owner.email, "password": PASSWORD}

    answer = Client().post("/accounts/login/", credentials)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/")


def test_a_refused_sign_in_says_so_without_saying_why(owner: User) -> None:
    for email in (owner.email, "nobody@example.com"):
        page = Client().post(
            "/accounts/login/",
            {"login": email, "password": "wrong"},
            headers={"accept-language": "en"},
        )

        assert "error-summary" in page.content.decode()
        assert "are not correct" in page.content.decode()


def test_a_new_password_comes_by_mail(owner: User) -> None:
    client = Client()

    client.post("/accounts/password/reset/", {"email": owner.email})
    (message,) = mail.outbox
    link = re.search(r"http://testserver(/\S+)", str(message.body))
    assert link
    form = client.get(link[1], follow=True)
    done = client.post(
        form.redirect_chain[-1][0],
        {"password1": "a much longer secret", "password2": "a much longer secret"},
        follow=True,
    )

    owner.refresh_from_db()
    assert owner.check_password("a much longer secret")
    check_page(form.content.decode())
    check_page(done.content.decode())


def test_signing_out_needs_a_form(owner_client: Client) -> None:
    owner_client.get("/accounts/logout/")
    still_in = owner_client.get("/accounts/password/change/").status_code
    owner_client.post("/accounts/logout/")
    out = owner_client.get("/accounts/password/change/").status_code

    assert (still_in, out) == (200, 302)


def test_staff_has_no_company_and_an_entry_to_the_back_office() -> None:
    client = Client()
    client.force_login(UserFactory.create(programme_manager=True))

    page = client.get("/accounts/logout/", headers={"accept-language": "en"})

    assert "Programme staff" in page.content.decode()
    assert 'href="/admin/"' in page.content.decode()


# --- Tags ------------------------------------------------------------------------------


def test_an_icon_that_was_not_vendored_is_an_error() -> None:
    template = engines["django"].from_string('{% load ui %}{% icon "unicorn" %}')

    with pytest.raises(TemplateSyntaxError, match="unicorn"):
        template.render()


def test_the_document_needs_no_context_processor() -> None:
    request = RequestFactory().get("/")

    page = get_template("ui/bare.html").template.render(Context({"request": request}))  # type: ignore[attr-defined]

    assert "Partner Portal" in page
