"""Actions: what staff do to objects, through services, as far as the policy grants it.

An action is a method about one object under two decorators: `policy_action` says who may
and where the button stands, `ForEach` what is asked before and said afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import date, datetime
from functools import wraps
from typing import Any, TypeVar

from django import forms
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse

from partners.models import User

ActionT = TypeVar("ActionT", bound=Callable[..., Any])

APPLY = "apply"
"""Posted by the page that asks for what an action needs."""

MAX_AT_ONCE = 100
"""Objects one action takes: each is a transaction of its own."""


def _always(_obj: Any) -> bool:
    return True


def policy_action(
    policy: str, *, description: Any, applies: Callable[[Any], bool] = _always
) -> Callable[[ActionT], ActionT]:
    """Make a method an action that `POLICY` grants under a name.

    Without this decorator an action is offered to nobody. `applies` says of one object
    whether its own page offers the button; the service decides.
    """

    def decorate(action: ActionT) -> ActionT:
        for name, value in (
            ("policy", policy),
            ("short_description", description),
            ("applies", applies),
        ):
            setattr(action, name, value)
        return action

    return decorate


@dataclass(frozen=True, slots=True)
class Deed:
    """Who acts on what, when, and what they filled in; `given` is empty before that."""

    actor: User
    at: datetime
    today: date
    selected: QuerySet[Any]
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """An object on the page that asks, with what the act will come to for it."""

    obj: Model
    outcome: str = ""

    @property
    def pk(self) -> Any:
        return self.obj.pk

    def __str__(self) -> str:
        return f"{self.obj}: {self.outcome}" if self.outcome else str(self.obj)


@dataclass(frozen=True, slots=True)
class ForEach:
    """Make a method about one object, `(self, obj, deed)`, an action on those selected.

    The method calls a service and no more. What that refuses, a form sent twice included,
    is said at the object it is about, and the others go on; see `refusals` of the page.
    """

    asks: Callable[..., forms.Form] | None = None
    """The form to fill in before."""
    _: KW_ONLY
    done: Any
    """What the message and the history say: words, or a function of the deed."""
    title: Any = ""
    """The heading of the page that asks."""
    options: Callable[[Deed], Mapping[str, Any]] | None = None
    """What the form is told."""
    preview: Callable[[Any, Deed], Any] | None = None
    """What the act will come to: a sentence at each object, before the button.

    It reads only, and a refusal that it raises is the sentence. An action without a form
    asks for no more than to be confirmed.
    """
    one: Any = ""
    """Of an action on one object at a time: what to say unless one is selected."""

    def __post_init__(self) -> None:
        if (self.asks or self.preview) and not self.title:
            raise TypeError("an action that asks has a title")

    def __call__(
        self, act: Callable[[Any, Any, Deed], object]
    ) -> Callable[[Any, HttpRequest, QuerySet[Any]], HttpResponse | None]:
        @wraps(act)
        def action(
            page: Any, request: HttpRequest, queryset: QuerySet[Any]
        ) -> HttpResponse | None:
            answer: HttpResponse | None = page.ask_and_perform(
                request, queryset, self, act
            )
            return answer

        return action

    def done_by(self, deed: Deed) -> str:
        return str(self.done(deed) if callable(self.done) else self.done)


def policy_of(action: Callable[..., Any]) -> str:
    """Return the name under which an action is granted; "" is granted to nobody."""
    return str(getattr(action, "policy", ""))


def applies_to(action: Callable[..., Any], obj: Model) -> bool:
    """Say whether an object's page offers the action."""
    return bool(getattr(action, "applies", _always)(obj))
