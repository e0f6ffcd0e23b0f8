"""The bell, and the list behind it."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from partners.models import Notification, User
from tests.factories import NotificationFactory, PartnerFactory, UserFactory
from tests.integration.pages import (
    account_of,
    count_queries,
    main_of,
    signed_in,
    words,
)

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

PAGE = "/notifications/"
READ = "/notifications/read/"
AT = datetime(2026, 3, 3, 12, tzinfo=UTC)


@pytest.fixture
def owner() -> User:
    return account_of(PartnerFactory.create())


# --- The bell -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "says"), [(0, "none unread"), (3, "3 unread"), (101, "99+ unread")]
)
def test_the_bell_says_how_many_are_unread(owner: User, count: int, says: str) -> None:
    NotificationFactory.create_batch(count, user=owner)
    NotificationFactory.create(user=owner, read_at=AT)
    NotificationFactory.create()

    assert f"Notifications, {says}" in words(signed_in(owner).get("/deals/"))


def test_the_bell_costs_one_query(owner: User) -> None:
    browser = signed_in(owner)
    browser.get(PAGE)
    before = count_queries(lambda: browser.get(PAGE))

    NotificationFactory.create_batch(5, user=owner)

    # The rows come with one query more than an empty list; the bell has no second one.
    assert count_queries(lambda: browser.get(PAGE)) <= before + 1


def test_the_back_office_has_the_bell_too() -> None:
    manager = UserFactory.create(programme_manager=True)
    NotificationFactory.create(user=manager)

    page = signed_in(manager).get("/admin/", follow=True)

    assert "Notifications, 1 unread" in words(page)


# --- The list -------------------------------------------------------------------------


def test_lists_the_own_with_what_needs_an_act_first(owner: User) -> None:
    NotificationFactory.create(
        user=owner, facts={"deal": "Mill", "client": "Weaver"}, created_at=AT
    )
    NotificationFactory.create(
        user=owner,
        act=True,
        due_on=date(2026, 8, 15),
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    NotificationFactory.create(facts={"deal": "Secret", "client": "Other"})

    page = words(signed_in(owner).get(PAGE))

    assert page.index("renew a certification") < page.index("Mill is won")
    assert "Due by 15 August 2026." in page
    assert "Secret" not in page


def test_an_empty_list_says_why(owner: User) -> None:
    assert "Nothing has been told to you yet." in words(signed_in(owner).get(PAGE))


def test_filters(owner: User) -> None:
    NotificationFactory.create(user=owner, facts={"deal": "New", "client": "C"})
    NotificationFactory.create(
        user=owner, facts={"deal": "Old", "client": "C"}, read_at=AT
    )
    NotificationFactory.create(user=owner, act=True, read_at=AT)
    browser = signed_in(owner)

    def rows(**query: str) -> set[str]:
        page = words(browser.get(PAGE, query))
        names = {"New is won", "Old is won", "renew a certification"}
        return {name for name in names if name in page}

    assert rows() == {"New is won", "Old is won", "renew a certification"}
    assert rows(show="unread") == {"New is won"}
    assert rows(show="act") == {"renew a certification"}
    assert rows(kind="deals.won") == {"New is won", "Old is won"}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"page": "0"}, 400),
        ({"page": "x"}, 400),
        ({"per_page": "7"}, 400),
        ({"sort": "key"}, 400),
        ({"unknown": "1"}, 400),
        # A filter that is none does not filter, and says so.
        ({"show": "x"}, 200),
        ({"kind": "no.such"}, 200),
        ({"kind": "a\x00"}, 200),
    ],
)
def test_hostile_parameters(owner: User, query: dict[str, str], status: int) -> None:
    assert signed_in(owner).get(PAGE, query).status_code == status


def test_a_list_has_pages(owner: User) -> None:
    NotificationFactory.create_batch(30, user=owner)
    browser = signed_in(owner)

    assert main_of(browser.get(PAGE)).count(" is won</a>") == 25
    assert main_of(browser.get(PAGE, {"page": "2"})).count(" is won</a>") == 5


def test_names_are_text(owner: User) -> None:
    NotificationFactory.create(
        user=owner, facts={"deal": "<script>alert(1)</script>", "client": "<b>"}
    )

    page = main_of(signed_in(owner).get(PAGE))

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_a_kind_that_is_gone_is_listed_by_its_name(owner: User) -> None:
    NotificationFactory.create(user=owner, kind="gone.kind")

    assert "gone.kind" in words(signed_in(owner).get(PAGE))


# --- Reading --------------------------------------------------------------------------


def test_opening_leads_to_the_page_and_marks_as_read(owner: User) -> None:
    told = NotificationFactory.create(user=owner, path="/deals/?stage=won")
    browser = signed_in(owner)

    answers = [browser.get(f"{PAGE}{told.public_id}/") for _ in range(2)]

    assert [answer["Location"] for answer in answers] == ["/deals/?stage=won"] * 2
    told.refresh_from_db()
    first_read = told.read_at
    assert first_read is not None
    browser.get(f"{PAGE}{told.public_id}/")
    told.refresh_from_db()
    assert told.read_at == first_read


def test_one_that_leads_nowhere_leads_to_the_list(owner: User) -> None:
    told = NotificationFactory.create(user=owner, path="")

    assert signed_in(owner).get(f"{PAGE}{told.public_id}/")["Location"] == PAGE


def test_somebody_elses_is_not_there(owner: User) -> None:
    colleague = account_of(owner.partner) if owner.partner else None
    assert colleague
    told = NotificationFactory.create(user=colleague, partner=owner.partner)
    browser = signed_in(owner)

    assert browser.get(f"{PAGE}{told.public_id}/").status_code == 404
    refused = browser.post(READ, {"notification": str(told.public_id)})
    assert refused.status_code == 404
    assert browser.post(READ, {"notification": str(uuid4())}).status_code == 404
    told.refresh_from_db()
    assert told.read_at is None


def test_one_is_marked_as_read_and_the_filter_stays(owner: User) -> None:
    one, other = NotificationFactory.create_batch(2, user=owner)

    answer = signed_in(owner).post(
        READ, {"notification": str(one.public_id), "query": "show=unread&page=1"}
    )

    assert answer["Location"] == f"{PAGE}?show=unread&page=1"
    assert list(Notification.objects.unread()) == [other]


def test_all_are_marked_as_read(owner: User) -> None:
    NotificationFactory.create_batch(3, user=owner)
    foreign = NotificationFactory.create()

    assert signed_in(owner).post(READ, {"everything": "1"})["Location"] == PAGE
    assert list(Notification.objects.unread()) == [foreign]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"notification": "1"},
        {"notification": "\x00"},
        {"notification": "e3bd2c7e-3d0c-4c1c-8d3c-0d8e6a0c6c11", "everything": "1"},
    ],
)
def test_reading_nothing_or_too_much_is_refused(
    owner: User, fields: dict[str, str]
) -> None:
    NotificationFactory.create(user=owner)

    assert signed_in(owner).post(READ, fields).status_code == 400
    assert Notification.objects.unread().count() == 1


def test_marking_leads_to_no_other_place(owner: User) -> None:
    answer = signed_in(owner).post(
        READ, {"everything": "1", "query": "//evil.example\r\nX: y"}
    )

    assert answer["Location"].startswith(f"{PAGE}?")
    assert "\n" not in answer["Location"]
