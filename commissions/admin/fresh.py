"""Acts that move money ask for a second factor that was shown a moment ago (Z5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from outbox import clock
from partners.portfolio import Deed, ForEach
from program.payout_life import is_fresh
from ui.second_factor import factor_shown_at, factor_url

Act = Callable[[Any, Any, Deed, datetime | None], object]
"""What is done to one object; the last argument is when the factor was shown."""
Action = Callable[[Any, HttpRequest, QuerySet[Any]], HttpResponse | None]


def for_each_with_factor(asking: ForEach) -> Callable[[Act], Action]:
    """Make a method an action like `ForEach`, which asks for the second factor first.

    Asked with the page that asks and with the one that acts; the service asks again.
    Afterwards people press the button once more.
    """

    def decorate(act: Act) -> Action:
        @wraps(act)
        def action(
            page: Any, request: HttpRequest, queryset: QuerySet[Any]
        ) -> HttpResponse | None:
            if answer := ask_for_factor(page, request, queryset):
                return answer
            shown_at = factor_shown_at(request)

            @wraps(act)
            def with_moment(page: Any, obj: Any, deed: Deed) -> object:
                return act(page, obj, deed, shown_at)

            return asking(with_moment)(page, request, queryset)

        return action

    return decorate


def ask_for_factor(
    page: Any, request: HttpRequest, queryset: QuerySet[Any]
) -> HttpResponse | None:
    """Return where the factor is shown; None if it was shown a moment ago."""
    if is_fresh(factor_shown_at(request), at=clock.now()):
        return None
    page.message_user(
        request,
        _("Show your second factor again, then repeat this."),
        messages.WARNING,
    )
    return HttpResponseRedirect(factor_url(request, back=_back(page, queryset)))


def _back(page: Any, queryset: QuerySet[Any]) -> str:
    name = f"admin:{page.opts.app_label}_{page.opts.model_name}"
    chosen = list(queryset[:2])
    if len(chosen) == 1:
        return reverse(f"{name}_change", args=[chosen[0].pk])
    return reverse(f"{name}_changelist")
