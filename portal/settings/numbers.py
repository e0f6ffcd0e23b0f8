"""Numbers among the variables, which have a least value."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured
from environ import Env


def positive(env: Env, name: str, *, default: int) -> int:
    """Return a variable that is at least 1. Raises `ImproperlyConfigured`."""
    number: int = env.int(name, default=default)
    if number < 1:
        raise ImproperlyConfigured(f"{name} must be at least 1.")
    return number
