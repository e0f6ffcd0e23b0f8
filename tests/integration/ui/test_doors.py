"""Every door counts its tries, answers 429 with the time to wait, on both caches."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache, caches
from django.core.cache.backends.db import DatabaseCache
from django.db import connection
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import Settings

from outbox.models import Job
from partners.models import User
from tests.factories import PartnerFactory, UserFactory
from tests.factories.people import InvitationFactory
from tests.integration.pages import (
    PAGE_MARKS,
    account_of,
    browser_of,
    signed_in,
)
from ui.doors import TooManyTriesError, spend

pytestmark = PAGE_MARKS


@pytest.fixture(autouse=True, params=["memory", "database", "redis"])
def _on_each_cache(request: pytest.FixtureRequest, settings: Settings) -> Iterator[None]:
    if request.param == "database":
        settings.CACHES = {
            "default": {
                "BACKEND": "django.core.cache.backends.db.DatabaseCache",
                "LOCATION": "doors_cache",
            }
        }
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TABLE IF NOT EXISTS doors_cache (cache_key varchar(255) NOT NULL "
                "PRIMARY KEY, value text NOT NULL, "
                "expires timestamp with time zone NOT NULL)"
            )
    if request.param == "redis":
        url = request.getfixturevalue("redis_url")
        settings.CACHES = {
            "default": {
                "BACKEND": "portal.cache.RedisOrDatabaseCache",
                "LOCATION": url,
                # Other test processes use the same server: keys of one's own, which
                # end by themselves, and nothing is cleared.
                "KEY_PREFIX": f"doors-test-{uuid.uuid4()}",
            }
        }
        yield
        return
    cache.clear()
    yield
    cache.clear()


def tries(client: Client, path: str, count: int, **form: str) -> list[int]:
    return [client.post(path, form).status_code for _ in range(count)]


def test_the_caches_are_what_they_say(request: pytest.FixtureRequest) -> None:
    is_table = isinstance(caches["default"], DatabaseCache)
    assert is_table == ("database" in request.node.name)


def test_an_invitation_is_limited_by_its_link(settings: Settings) -> None:
    settings.RATE_LIMITS = {"invitation": "100/m/ip,2/m/key"}
    for token in ("a", "b"):
        InvitationFactory.create(token=token)
    path = reverse("company:accept", args=["a"])

    answers = [Client().get(path) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1].headers["Retry-After"] == "60"
    assert Client().get(reverse("company:accept", args=["b"])).status_code == 200


def test_guessing_links_is_limited_by_network(settings: Settings) -> None:
    settings.RATE_LIMITS = {"invitation": "3/m/ip,100/m/key"}

    statuses = [
        Client().get(reverse("company:accept", args=[f"guess-{n}"])).status_code
        for n in range(4)
    ]

    assert statuses == [404, 404, 404, 429]


def test_asking_to_join_is_limited_by_address(settings: Settings) -> None:
    settings.RATE_LIMITS = {"join": "100/m/ip,2/h/key"}
    path = reverse("company:join")

    assert tries(Client(), path, 2, email="a@b.example") == [302, 302]
    refused = Client().post(path, {"email": " A@B.example "})
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "3600")
    assert tries(Client(), path, 1, email="c@b.example") == [302]
    assert Job.objects.filter(kind="partners.join_letter").count() == 3


def test_confirming_is_limited(settings: Settings) -> None:
    settings.RATE_LIMITS = {"join_confirm": "2/m/ip"}

    assert tries(Client(), reverse("company:join_confirm", args=["x"]), 3) == [
        *(404, 404, 429)
    ]


def test_inviting_is_limited_by_account(settings: Settings) -> None:
    settings.RATE_LIMITS = {"invite": "1/h/user"}
    company = PartnerFactory.create()
    path = reverse("company:invite")
    first = browser_of(company)

    assert first.post(path, {"email": "a@b.example", "role": "sales"}).status_code == 302
    assert first.post(path, {"email": "c@b.example", "role": "sales"}).status_code == 429
    other = browser_of(company)
    assert other.post(path, {"email": "c@b.example", "role": "sales"}).status_code == 302


@pytest.mark.parametrize(
    "path", ["/points/entries.csv", "/tier/history.csv", "/diary/movements.csv"]
)
def test_downloads_are_limited_by_account(path: str, settings: Settings) -> None:
    settings.RATE_LIMITS = {"export": "2/m/user"}
    browser = signed_in(account_of(PartnerFactory.create()))

    statuses = [browser.get(path).status_code for _ in range(3)]

    assert statuses == [200, 200, 429]


def test_who_look_as_a_partner_are_limited_apart(settings: Settings) -> None:
    settings.RATE_LIMITS = {"export": "2/m/user"}
    partner = PartnerFactory.create()
    looking = [signed_in(UserFactory.create(programme_manager=True)) for _ in range(2)]
    for browser in looking:
        browser.post(
            "/admin/partners/partner/",
            {"action": "see_as", "_selected_action": partner.pk},
        )
    first, second = looking

    statuses = [first.get("/points/entries.csv").status_code for _ in range(3)]

    assert statuses == [200, 200, 429]
    assert second.get("/points/entries.csv").status_code == 200


def test_a_visitor_is_limited_by_network_where_accounts_are(
    rf: RequestFactory, settings: Settings
) -> None:
    settings.RATE_LIMITS = {"export": "1/m/user"}

    def visit(address: str) -> HttpRequest:
        request = rf.get("/", REMOTE_ADDR=address)
        request.user = AnonymousUser()
        return request

    spend(visit("203.0.113.1"), "export")
    spend(visit("203.0.113.2"), "export")
    with pytest.raises(TooManyTriesError):
        spend(visit("203.0.113.1"), "export")


def test_signing_in_is_limited_by_account(settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "2/5m/key"}
    User.objects.create_user("a@b.example", "the right password")
    form = {"login": "a@b.example", "password": "wrong"}

    assert tries(Client(), reverse("account_login"), 2, **form) == [200, 200]
    answer = Client().post(
        reverse("account_login"), form | {"password": "the right password"}
    )
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "300")


def test_a_reset_is_limited(settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"reset_password": "2/m/ip"}
    path = reverse("account_reset_password")

    assert tries(Client(), path, 2, email="a@b.example") == [302, 302]
    answer = Client().post(path, {"email": "c@b.example"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")


def test_the_page_says_what_to_do(settings: Settings) -> None:
    settings.RATE_LIMITS = {"join_confirm": "1/5m/ip"}
    path = reverse("company:join_confirm", args=["x"])
    Client().get(path)

    page = Client().get(path).content.decode()

    assert "Wait 5 minutes" in page
