"""What the services on good standing refuse."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _


class StandingError(ValueError):
    """An act on a partner's standing that the rules do not allow; its words say why."""


def refuse_future(day: date, *, today: date) -> None:
    """Raise `StandingError` for a day that has not come."""
    if day > today:
        raise StandingError(_("The day lies in the future."))


def refuse_empty(words: str) -> str:
    """Return the words without blanks around; `StandingError` if there are none."""
    if not words.strip():
        raise StandingError(_("Say why: the partner reads it."))
    return words.strip()
