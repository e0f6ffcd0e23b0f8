"""The left navigation: what exists, for whom, and where one is."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from partners.models import Role, User
from portal import navigation
from portal.navigation import Entry, links_for
from tests.factories.partners import PersonFactory, UserFactory

ENTRIES = (
    Entry("Home", "portal:home", "home"),
    Entry("Points", "partners:points", "stairs-up"),
    Entry("Money", "deals:list", "coins", navigation.MONEY),
    Entry("Later", "nowhere:at_all", "gift"),
    Entry("Back office", "admin:index", "shield-lock", frozenset({navigation.STAFF})),
)


@pytest.fixture(autouse=True)
def _entries(demo_urls: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Serve the demo: its URLconf has portal:home, partners:points and deals:list."""
    monkeypatch.setattr(navigation, "ENTRIES", ENTRIES)
    navigation._existing.cache_clear()


@pytest.fixture(autouse=True, scope="module")
def _forget() -> Iterator[None]:
    yield
    navigation._existing.cache_clear()


def labels(user: object, path: str = "/") -> list[tuple[str, str]]:
    request = RequestFactory().get(path)
    request.user = user  # type: ignore[assignment]
    return [(link.label, link.current) for link in links_for(request)]


def person(role: Role) -> User:
    user = PersonFactory.create(with_account=True, role=role).user
    assert user is not None
    return user


@pytest.mark.django_db
def test_each_role_sees_its_entries_that_exist() -> None:
    assert labels(person(Role.FINANCE), "/x") == [
        ("Home", ""),
        ("Points", ""),
        ("Money", ""),
    ]
    assert labels(person(Role.SALES), "/x") == [("Home", ""), ("Points", "")]
    assert ("Back office", "") in labels(UserFactory.create(auditor=True), "/x")


@pytest.mark.django_db
def test_who_belongs_to_no_company_sees_nothing() -> None:
    assert labels(UserFactory.create()) == []
    assert labels(AnonymousUser()) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/", {"Home": "page"}),
        ("/demo/list/", {"Points": "page"}),
        ("/demo/list/7/", {"Points": "true"}),
        ("/elsewhere/", {}),
    ],
)
def test_says_where_one_is(path: str, current: dict[str, str]) -> None:
    shown = {label: mark for label, mark in labels(person(Role.OWNER), path) if mark}

    assert shown == current


def test_a_request_refused_before_it_had_a_user_has_no_entries() -> None:
    assert links_for(RequestFactory().get("/")) == []


def test_every_entry_has_an_icon_of_the_set() -> None:
    from ui.icons import ICONS  # noqa: PLC0415

    assert {entry.icon for entry in navigation.ENTRIES} <= ICONS
