"""Views of lists that people keep: a query string and columns under a name."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from partners.models import DefaultView, SavedView, User
from partners.services import audit
from partners.services.list_files import sheet_of
from ui.listings import COLUMNS, listing_of

MAX_VIEWS: Final = 50
PAGE_OF_LIST: Final = ("page", "per_page")
"""What a view does not keep: it opens on the first page."""


class SavedViewError(ValueError):
    """The view is not kept as asked; the sentence says why."""


def split(params: QueryDict) -> tuple[str, list[str]]:
    """Return what a list's parameters keep: the query string, and the columns."""
    kept = params.copy()
    for name in (*PAGE_OF_LIST, COLUMNS):
        kept.pop(name, None)
    for name in [name for name in kept if not any(kept.getlist(name))]:
        del kept[name]
    return kept.urlencode(), [name for name in params.getlist(COLUMNS) if name]


def address_of(view: SavedView) -> str:
    """Return where a view leads. It always names columns, so that it is no bare list."""
    params = QueryDict(view.query, mutable=True)
    params.setlist(COLUMNS, view.columns or [""])
    return f"{reverse(listing_of(view.page).url_name)}?{params.urlencode()}"


@transaction.atomic
def save_view(
    *,
    user: User,
    page: str,
    name: str,
    query: str,
    shared: bool,
    at: datetime,
    today: date,
) -> SavedView:
    """Keep what a list shows under a name.

    Raises `UnknownListError` and `BadQueryError` for what is no list's address, and
    `SavedViewError` for a name that is empty or taken, and for too many views.
    """
    sheet_of(page, query, user=user, on=today, host="")
    User.objects.select_for_update().get(pk=user.pk)
    own = SavedView.objects.filter(user=user.pk)
    _check_name(own.filter(page=page), name)
    if own.count() >= MAX_VIEWS:
        raise SavedViewError(
            _("You keep %(number)s views already. Delete one first.")
            % {"number": MAX_VIEWS}
        )
    kept, columns = split(QueryDict(query))
    view = SavedView.objects.create(
        user_id=user.pk,
        partner=user.partner,
        page=page,
        name=name,
        query=kept,
        columns=columns,
        shared=shared and user.partner is not None,
    )
    _record("saved", view, user=user, at=at, before={})
    return view


@transaction.atomic
def change_view(
    *, user: User, view_id: UUID, name: str, shared: bool, at: datetime
) -> SavedView:
    """Rename an own view, share it or stop sharing it.

    Raises `SavedView.DoesNotExist` for a view that is not the person's own, and
    `SavedViewError` for a name that is empty or taken.
    """
    view = _own(user, view_id)
    others = SavedView.objects.filter(user=user.pk, page=view.page).exclude(pk=view.pk)
    _check_name(others, name)
    before = _facts(view)
    view.name = name
    # Shared with the company it was made at, and with no other.
    at_home = user.partner is not None and view.partner_id == user.partner.pk
    view.shared = shared and at_home
    view.save(update_fields=["name", "shared"])
    if not view.shared:
        DefaultView.objects.filter(view=view).exclude(user=user.pk).delete()
    _record("changed", view, user=user, at=at, before=before)
    return view


@transaction.atomic
def delete_view(*, user: User, view_id: UUID, at: datetime) -> SavedView:
    """Delete an own view; lists that open with it open plainly again.

    Raises `SavedView.DoesNotExist` for a view that is not the person's own.
    """
    view = _own(user, view_id)
    _record("deleted", view, user=user, at=at, before=_facts(view), after={})
    SavedView.objects.filter(pk=view.pk).delete()
    return view


@transaction.atomic
def set_default_view(*, user: User, view_id: UUID, on: bool) -> SavedView:
    """Have a list open with a view for this person, or plainly again.

    Raises `SavedView.DoesNotExist` for a view the person cannot open.
    """
    view = SavedView.objects.visible_to(user).get(public_id=view_id)
    if on:
        DefaultView.objects.update_or_create(
            user_id=user.pk, page=view.page, defaults={"view": view}
        )
    else:
        DefaultView.objects.filter(user=user.pk, view=view).delete()
    return view


def _own(user: User, view_id: UUID) -> SavedView:
    own = SavedView.objects.visible_to(user).filter(user=user.pk)
    return own.select_for_update(of=("self",)).get(public_id=view_id)


def _check_name(views: Any, name: str) -> None:
    if not name:
        raise SavedViewError(_("A view needs a name."))
    if views.filter(name=name).exists():
        raise SavedViewError(_("You have a view of this name already."))


def _facts(view: SavedView) -> dict[str, Any]:
    return audit.values_of(view, ("name", "query", "columns", "shared"))


def _record(
    what: str,
    view: SavedView,
    *,
    user: User,
    at: datetime,
    before: dict[str, Any],
    after: Collection[str] | None = None,
) -> None:
    now = _facts(view) if after is None else dict.fromkeys(before)
    audit.record(
        f"partners.view_{what}",
        actor=user,
        at=at,
        partner_id=view.partner_id,
        of=view,
        changes=audit.differences(before, now),
    )
