"""Actions: what staff do to objects, through services, as far as the policy grants it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import Model

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


def policy_of(action: Callable[..., Any]) -> str:
    """Return the name under which an action is granted; "" is granted to nobody."""
    return str(getattr(action, "policy", ""))


def applies_to(action: Callable[..., Any], obj: Model) -> bool:
    """Say whether an object's page offers the action."""
    return bool(getattr(action, "applies", _always)(obj))
