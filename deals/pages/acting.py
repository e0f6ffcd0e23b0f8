"""The address of an act on a shared deal, made of its description (`deals.acts`).

Whoever does not see the deal finds nothing (404), whoever may not act is told so (403),
and only then is anything read of what was sent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import Model
from django.http import HttpResponse
from django.views.decorators.http import require_POST

from deals.acts import Act
from deals.models import Deal
from deals.pages.detail import acted
from deals.pages.rights import deal_to
from outbox import clock
from partners.models import User
from ui.doors import spend
from ui.http import SignedInRequest

Find = Callable[[User, Deal, UUID], Model]
"""Finds the row of a deal that an address names, for whoever sees it, or raises 404."""


def posted(act: Act, *, part: str, find: Find | None = None) -> Callable[..., Any]:
    """Return the view that does an act and leads back to a `part` of the page.

    It is about the deal, or about the row of it that `find` finds by the other id.
    """

    @require_POST
    def view(request: SignedInRequest, deal_id: UUID, **named: UUID) -> HttpResponse:
        user = request.user
        deal = deal_to(act.who, user, deal_id)
        row = find(user, deal, *named.values()) if find else deal
        if act.door:
            spend(request, act.door)
        form = None
        if act.form:
            told = act.told(row, user)
            form = act.form(request.POST, files=request.FILES, **told)
        return acted(
            request,
            deal,
            lambda: act(
                row, form.cleaned_data if form else {}, actor=user, at=clock.now()
            ),
            done=str(act.done),
            part=part,
            form=form,
        )

    return view
