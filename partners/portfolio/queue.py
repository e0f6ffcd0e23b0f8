"""Pages of what waits for us: the oldest first; after a decision the next one opens.

Keys do the same as the buttons (js/review-queue.js, included by the page's template).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from django.db.models import Expression, F, Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from partners.portfolio.pages import PortfolioAdmin

ModelT = TypeVar("ModelT", bound=Model)


class QueueAdmin(PortfolioAdmin[ModelT]):
    """A page whose rows wait for an answer, each from a moment on.

    `queue_of` says which wait, `queue_by` is the moment that orders them; rows carry it
    as `owed_at`. The page of a row knows `waiting` (how many), `before_url`, `after_url`.
    """

    queue_of: ClassVar[Q]
    queue_by: ClassVar[Expression | F]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ModelT]:
        """Return rows with the moment at which our answer is owed."""
        rows: QuerySet[Any] = super().get_queryset(request)
        annotated: QuerySet[ModelT] = rows.annotate(owed_at=self.queue_by)
        return annotated

    def queue(self, request: HttpRequest) -> QuerySet[ModelT]:
        """Return what waits, in its order."""
        return self.get_queryset(request).filter(self.queue_of).order_by("owed_at", "pk")

    def beside(
        self, request: HttpRequest, obj: ModelT
    ) -> tuple[ModelT | None, ModelT | None]:
        """Return what stands before and after a row in the queue."""
        queue = self.queue(request).exclude(pk=obj.pk)
        owed = vars(obj).get("owed_at")
        if owed is None:
            return None, queue.first()
        later = Q(owed_at__gt=owed) | Q(owed_at=owed, pk__gt=obj.pk)
        return queue.exclude(later).last(), queue.filter(later).first()

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = kwargs.get("obj")
        if obj is not None:
            before, after = self.beside(request, obj)
            context |= {
                "waiting": self.queue(request).count(),
                "before_url": self.page_of(before),
                "after_url": self.page_of(after),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    def perform(
        self,
        request: HttpRequest,
        queryset: QuerySet[ModelT],
        act: Callable[[ModelT], Any],
        *,
        action: str,
        done: str,
    ) -> HttpResponse:
        """Decide; after the decision about one the next one that waits opens."""
        chosen = list(queryset[:2])
        _before, after = (
            self.beside(request, chosen[0]) if len(chosen) == 1 else (None, None)
        )
        answer = super().perform(request, queryset, act, action=action, done=done)
        if len(chosen) != 1 or self.queue(request).filter(pk=chosen[0].pk).exists():
            return answer
        following = after or self.queue(request).first()
        if following is None:
            return HttpResponseRedirect(self._page_after(()))
        return HttpResponseRedirect(self.page_of(following))

    def page_of(self, obj: ModelT | None) -> str:
        """Return the address of a row's page; "" for none."""
        if obj is None:
            return ""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return reverse(name, args=[obj.pk])
