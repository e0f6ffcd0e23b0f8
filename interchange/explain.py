"""Why the database refused a row, in words of the person who sends the bundle."""

from __future__ import annotations

import re
from functools import cache

from django.apps import apps
from django.db import DatabaseError, DataError, IntegrityError
from django.db.models.constraints import BaseConstraint
from django.utils.translation import gettext as _

from interchange.cells import CellError

ROW_ERRORS = (IntegrityError, DataError, CellError)
"""What a loader may raise because of a row; anything else is a fault of the portal."""

_SQLITE_NAME = re.compile(r"constraint failed: (?P<name>\w+)$|^overlapping periods: ")


def explain(error: DatabaseError | CellError) -> CellError:
    """Return the reason and the advice for one of ROW_ERRORS."""
    if isinstance(error, CellError):
        return error
    if isinstance(error, DataError):
        return CellError(
            _("A value does not fit: %(message)s.") % {"message": _first_line(error)},
            _("Shorten the text, or check the numbers."),
        )
    name = _constraint_name(error)
    message = _messages().get(name)
    if message:
        return CellError(message, _("Correct the row."))
    return CellError(
        _("The row contradicts the others or itself: %(rule)s.")
        % {"rule": name.replace("_", " ") if name else _first_line(error)},
        _("Compare it with the rows of the same object, here and imported before."),
    )


def _constraint_name(error: DatabaseError) -> str:
    diagnosis = getattr(error.__cause__, "diag", None)
    if diagnosis is not None:
        return diagnosis.constraint_name or ""
    found = _SQLITE_NAME.search(_first_line(error))
    return (found["name"] or "") if found else ""


def _first_line(error: DatabaseError) -> str:
    return str(error).partition("\n")[0].rstrip(".")


@cache
def _messages() -> dict[str, str]:
    """Return the sentences that models give for their constraints, by name."""
    plain = BaseConstraint.default_violation_error_message
    return {
        constraint.name: str(constraint.violation_error_message)
        for model in apps.get_models()
        for constraint in model._meta.constraints
        if constraint.violation_error_message != plain
    }
