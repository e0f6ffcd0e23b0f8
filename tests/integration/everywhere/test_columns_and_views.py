"""Columns a reader chooses, and views of lists: own, shared, opened first."""

import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from deals.models import Deal
from partners.models import AuditEntry, DefaultView, Partner, SavedView, User
from partners.services import saved_views
from tests.factories import DealFactory, PartnerFactory, SavedViewFactory, UserFactory
from tests.integration.pages import (
    NOON,
    PAGE_MARKS,
    account_of,
    browser_of,
    main_of,
    signed_in,
    words,
)

pytestmark = PAGE_MARKS


@pytest.fixture
def partner() -> Partner:
    return PartnerFactory.create()


@pytest.fixture
def owner(partner: Partner) -> User:
    return account_of(partner)


@pytest.fixture
def visitor(owner: User) -> Client:
    return signed_in(owner)


def heads(page: str) -> list[str]:
    """Return the headings of the columns, as cards on a phone name them."""
    first = page.partition("<tbody")[2].partition("</tr>")[0]
    return [part.partition('"')[0] for part in first.split('data-label="')[1:]]


# --- Columns --------------------------------------------------------------------------


def test_shows_the_chosen_columns_in_their_order(
    visitor: Client, partner: Partner
) -> None:
    DealFactory.create(partner=partner)

    page = main_of(visitor.get("/deals/?columns=stage&columns=client"))

    assert heads(page) == ["Deal", "Stage", "Client"]


def test_the_first_column_stays(visitor: Client, partner: Partner) -> None:
    DealFactory.create(partner=partner)

    assert heads(main_of(visitor.get("/deals/?columns=motion"))) == ["Deal", "Motion"]


def test_no_choice_is_all_columns(visitor: Client, partner: Partner) -> None:
    DealFactory.create(partner=partner)

    plain, empty = (main_of(visitor.get(f"/deals/{q}")) for q in ("", "?columns="))

    assert heads(plain) == heads(empty)
    assert len(heads(plain)) == 8


def test_sorting_by_a_column_that_is_not_shown(visitor: Client, partner: Partner) -> None:
    for name in ("B", "A"):
        DealFactory.create(partner=partner, name=name, client__name=name)

    page = main_of(visitor.get("/deals/?columns=stage&sort=client"))

    assert page.index(">A</a>") < page.index(">B</a>")


def test_filter_and_sort_and_pages_keep_the_columns(
    visitor: Client, partner: Partner
) -> None:
    DealFactory.create_batch(30, partner=partner)

    page = main_of(visitor.get("/deals/?stage=registered&columns=stage"))

    assert '<input type="hidden" name="columns" value="stage">' in page
    for part in ("sort=stage", "page=2"):
        assert f"columns=stage&amp;{part}" in page
    assert 'href="/deals/?columns=stage">Clear all' in page


@pytest.mark.parametrize("address", ["/deals/", "/clients/", "/points/"])
@pytest.mark.parametrize(
    "query",
    ["columns=bogus", "columns=partner", "columns=points&columns=points", "columns=%00"],
)
def test_columns_that_are_none_are_refused(
    visitor: Client, address: str, query: str
) -> None:
    assert visitor.get(f"{address}?{query}").status_code == 400


# --- Views: kept, opened, shared ------------------------------------------------------


def save(browser: Client, **facts: str) -> Any:
    form = {"list": "deals", "query": "stage=won", "name": "Won", **facts}
    return browser.post("/views/save/", form, follow=True)


def parameters(address: str) -> Mapping[str, list[str]]:
    return parse_qs(urlsplit(address).query)


def test_a_view_keeps_filter_order_and_columns_but_no_page(
    visitor: Client, owner: User, partner: Partner
) -> None:
    query = "stage=won&sort=-name&page=2&per_page=50&q=&columns=stage&columns=client"

    answer = save(visitor, query=query)

    view = SavedView.objects.get()
    assert (view.user, view.partner, view.shared) == (owner, partner, False)
    assert (view.query, view.columns) == ("stage=won&sort=-name", ["stage", "client"])
    assert parameters(answer.redirect_chain[-1][0]) == {
        "stage": ["won"],
        "sort": ["-name"],
        "columns": ["stage", "client"],
    }
    assert "View: Won" in words(answer)
    assert AuditEntry.objects.get(action="partners.view_saved").actor == owner


def test_a_private_view_is_its_owners(visitor: Client, partner: Partner) -> None:
    save(visitor, name="Mine alone")

    assert "Mine alone" in words(visitor.get("/deals/"))
    assert "Mine alone" not in words(browser_of(partner).get("/deals/"))


def test_a_shared_view_is_the_companys(visitor: Client, partner: Partner) -> None:
    save(visitor, name="Ours", shared="1")

    assert "Ours" in words(browser_of(partner).get("/deals/"))
    assert "Ours" not in words(browser_of(PartnerFactory.create()).get("/deals/"))
    staff = signed_in(UserFactory.create(programme_manager=True))
    assert "Ours" not in words(staff.get("/views/"))


def test_a_shared_view_shows_each_reader_only_what_they_may_see(
    partner: Partner,
) -> None:
    other = PartnerFactory.create()
    DealFactory.create(
        partner=other, name="Of somebody else", stage=Deal.Stage.REGISTERED
    )
    view = SavedViewFactory.create(user=account_of(other), query="stage=registered")

    page = words(browser_of(partner).get(saved_views.address_of(view)))

    assert "Of somebody else" not in page


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({"list": "passwords"}, 404),
        ({"query": "unknown=1"}, 400),
        ({"query": "sort=partner__pdm__password"}, 400),
        ({"query": "columns=bogus"}, 400),
        ({"query": "stage=bogus"}, 400),
        ({"query": "q=%00"}, 400),
        ({"query": "\x00"}, 400),
        ({"query": f"q={'x' * 2_000}"}, 400),
        ({"name": "\x00"}, 400),
        ({"name": "x" * 61}, 400),
        ({"name": "a\u202eb"}, 400),
        ({"shared": "2"}, 400),
        ({"more": "1"}, 400),
    ],
    ids=str,
)
def test_a_hostile_view_is_not_kept(
    visitor: Client, facts: dict[str, str], status: int
) -> None:
    assert save(visitor, **facts).status_code == status
    assert not SavedView.objects.exists()


def test_a_name_is_text_and_no_markup(visitor: Client) -> None:
    save(visitor, name="<script>alert(1)</script>")

    page = main_of(visitor.get("/views/"))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("  ", "A view needs a name."), ("Won", "You have a view of this name already.")],
)
def test_a_name_that_is_missing_or_taken_is_refused(
    visitor: Client, owner: User, name: str, sentence: str
) -> None:
    SavedViewFactory.create(user=owner, name="Won")

    assert sentence in words(save(visitor, name=name))
    assert SavedView.objects.count() == 1


def test_a_name_may_be_used_again_on_another_list_and_by_a_colleague(
    visitor: Client, partner: Partner
) -> None:
    save(visitor)
    save(visitor, list="clients", query="")
    save(browser_of(partner))

    assert SavedView.objects.count() == 3


def test_nobody_keeps_more_than_fifty(visitor: Client, owner: User) -> None:
    SavedViewFactory.create_batch(saved_views.MAX_VIEWS, user=owner)

    assert "Delete one first." in words(save(visitor))


# --- Changed, deleted, opened first ---------------------------------------------------


def act(browser: Client, what: str, view: SavedView | uuid.UUID, **facts: str) -> Any:
    view_id = view.public_id if isinstance(view, SavedView) else view
    return browser.post(f"/views/{what}/", {"view": view_id, **facts}, follow=True)


def test_a_view_is_renamed_and_shared_and_no_longer(visitor: Client, owner: User) -> None:
    view = SavedViewFactory.create(user=owner)

    act(visitor, "change", view, name="Anew", shared="1")
    view.refresh_from_db()
    assert (view.name, view.shared) == ("Anew", True)

    act(visitor, "change", view, name="Anew")
    view.refresh_from_db()
    assert not view.shared


def test_a_view_is_deleted_and_the_list_opens_plainly(
    visitor: Client, owner: User
) -> None:
    view = SavedViewFactory.create(user=owner)
    act(visitor, "default", view, on="1")

    act(visitor, "delete", view)

    assert not SavedView.objects.exists()
    assert visitor.get("/deals/").status_code == 200


@pytest.mark.parametrize("name", ["change", "delete", "default"])
def test_what_is_not_ones_own_is_like_what_does_not_exist(
    visitor: Client, partner: Partner, name: str
) -> None:
    private = SavedViewFactory.create(user=account_of(partner))
    foreign = SavedViewFactory.create(
        user=account_of(PartnerFactory.create()), shared=True
    )

    answers = [
        act(
            visitor, name, view, **({"name": "X"} if name == "change" else {})
        ).status_code
        for view in (private, foreign, uuid.uuid4())
    ]

    assert answers == [404, 404, 404]
    assert SavedView.objects.exclude(name="X").count() == 2


def test_a_shared_view_is_its_owners_to_change(visitor: Client, partner: Partner) -> None:
    view = SavedViewFactory.create(user=account_of(partner), shared=True)

    assert act(visitor, "change", view, name="X").status_code == 404
    assert act(visitor, "delete", view).status_code == 404
    assert act(visitor, "default", view, on="1").status_code == 200


def test_a_list_opens_with_the_default_and_can_be_had_plainly(
    visitor: Client, owner: User
) -> None:
    view = SavedViewFactory.create(user=owner, query="stage=won", columns=["stage"])
    act(visitor, "default", view, on="1")

    answer = visitor.get("/deals/")

    assert answer.status_code == 302
    assert answer["Location"] == "/deals/?stage=won&columns=stage"
    assert visitor.get("/deals/?columns=").status_code == 200
    assert visitor.get("/clients/").status_code == 200

    act(visitor, "default", view, on="0")
    assert visitor.get("/deals/").status_code == 200


def test_a_view_without_columns_can_be_the_default(visitor: Client, owner: User) -> None:
    view = SavedViewFactory.create(user=owner, query="")
    act(visitor, "default", view, on="1")

    answer = visitor.get("/deals/", follow=True)

    assert answer.redirect_chain == [("/deals/?columns=", 302)]


def test_the_last_default_counts(visitor: Client, owner: User) -> None:
    first, second = SavedViewFactory.create_batch(2, user=owner)
    for view in (first, second):
        act(visitor, "default", view, on="1")

    assert DefaultView.objects.get().view == second


def test_a_view_that_is_shared_no_longer_opens_first_for_nobody_else(
    visitor: Client, owner: User, partner: Partner
) -> None:
    view = SavedViewFactory.create(user=owner, shared=True)
    colleague = browser_of(partner)
    act(colleague, "default", view, on="1")

    act(visitor, "change", view, name=view.name)

    assert colleague.get("/deals/").status_code == 200


def test_whoever_left_sees_no_shared_views(owner: User, partner: Partner) -> None:
    SavedViewFactory.create(user=owner, name="Ours", shared=True)
    former = account_of(partner)
    former.people.update(left_on=NOON.date())

    assert "Ours" not in words(signed_in(former).get("/deals/"))


@pytest.mark.parametrize("view_id", ["", "x", "\x00", "0" * 300])
def test_a_view_that_is_no_id_is_refused(visitor: Client, view_id: str) -> None:
    assert visitor.post("/views/delete/", {"view": view_id}).status_code == 400


def test_the_database_refuses_a_view_shared_with_nobody() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        SavedViewFactory.create(shared=True)


def test_without_views_the_page_says_how_to_keep_one(visitor: Client) -> None:
    assert "No view is saved yet." in words(visitor.get("/views/"))
