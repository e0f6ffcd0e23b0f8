"""What a signed-in person was answered is kept by nobody."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.test import Client, RequestFactory
from django.urls import reverse

from partners.models import User
from tests.factories import PartnerFactory, PersonFactory, UserFactory
from ui.middleware import PrivatePagesMiddleware

PAGES = (
    *("portal:home", "partners:points", "portal:points_csv", "deals:list"),
    *("clients:list", "benefits:list", "account_change_password", "account_logout"),
)


@pytest.fixture
def insider(client: Client) -> Client:
    person = PersonFactory.create(partner=PartnerFactory.create(), with_account=True)
    assert person.user
    client.force_login(person.user)
    return client


def kept_by_nobody(answer: HttpResponseBase) -> bool:
    """Return whether neither a proxy nor the browser may keep it."""
    return {"private", "no-store"} <= set(
        answer.headers.get("Cache-Control", "").replace(" ", "").split(",")
    )


@pytest.mark.django_db
@pytest.mark.parametrize("name", PAGES)
def test_a_page(insider: Client, name: str) -> None:
    answer = insider.get(reverse(name))

    assert answer.status_code == 200
    assert kept_by_nobody(answer)


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "status"), [("/not/here/", 404), ("/admin/", 302)])
def test_a_refusal(insider: Client, path: str, status: int) -> None:
    answer = insider.get(path)

    assert answer.status_code == status
    assert kept_by_nobody(answer)


@pytest.mark.django_db
def test_the_back_office(client: Client) -> None:
    client.force_login(UserFactory.create(programme_manager=True))

    assert kept_by_nobody(client.get(reverse("admin:partners_partner_changelist")))


@pytest.mark.django_db
def test_an_act(insider: Client) -> None:
    answer = insider.post(reverse("ui:language"), {"language": "fr"})

    assert answer.status_code == 302
    assert kept_by_nobody(answer)


@pytest.mark.django_db
def test_a_style_sheet_is_kept(insider: Client) -> None:
    answer = insider.get("/static/css/base.css")

    answer.close()
    assert answer.status_code == 200
    assert not kept_by_nobody(answer)


Answered = Callable[[User | AnonymousUser, dict[str, str]], HttpResponse]


@pytest.fixture
def answered() -> Answered:
    """Return a function that gives a view's answer to somebody, after the middleware."""

    def answer(user: User | AnonymousUser, headers: dict[str, str]) -> HttpResponse:
        def view(request: HttpRequest) -> HttpResponse:
            return HttpResponse(headers=headers)

        request = RequestFactory().get("/")
        request.user = user
        response = PrivatePagesMiddleware(view)(request)
        assert isinstance(response, HttpResponse)
        return response

    return answer


def test_a_view_may_say_otherwise(answered: Answered) -> None:
    answer = answered(User(), {"Cache-Control": "private, max-age=60"})

    assert answer.headers["Cache-Control"] == "private, max-age=60"


def test_nothing_is_said_to_strangers(answered: Answered) -> None:
    assert "Cache-Control" not in answered(AnonymousUser(), {}).headers
