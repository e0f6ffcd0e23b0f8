"""The rows of the permission matrix about registrations, checks and holds.

`tests/architecture/test_permissions.py` asks the pages, `test_registration_acts.py` the
forms and what is posted. Owners and sales register; the others of a company read.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from partners.models import Partner
from tests.architecture.people_matrix import (
    EVERYBODY,
    ROLES,
    STAFF,
    Answers,
    Thrice,
    everybody,
)
from tests.factories.registrations import DomainHoldFactory, RegistrationFactory

READING = dict.fromkeys(ROLES[2:], 403)
HIDDEN = (404, 404, 404)


def sellers(status: int) -> Answers:
    """Return who → status of what owners and sales do; the stranger is an owner, too."""
    return everybody(status, staff=404, left=404) | READING


def of_sellers(own: int) -> dict[str, Thrice]:
    """Return who → answers for an own, a foreign and an absent object."""
    return {
        **dict.fromkeys(EVERYBODY, HIDDEN),
        "anonymous": (302, 302, 302),
        **dict.fromkeys(ROLES[:2], (own, 404, 404)),
        **dict.fromkeys(ROLES[2:], (403, 403, 403)),
    }


OF_A_COMPANY: dict[str, Thrice] = {
    **dict.fromkeys(EVERYBODY, HIDDEN),
    "anonymous": (302, 302, 302),
    **dict.fromkeys((*ROLES, "pdm"), (200, 404, 404)),
    **dict.fromkeys(STAFF[2:], (200, 200, 404)),
}

PAGES: dict[str, Answers] = {"deals:registrations": everybody(200, staff=302)}
ACTS: dict[str, Answers] = {"deals:hold": sellers(302)}
OBJECTS = dict.fromkeys(
    ("deals:registration", "deals:registration_receipt", "deals:hold_receipt"),
    OF_A_COMPANY,
)

# By GET, then by POST with an empty form.
FORMS: dict[str, tuple[Answers, Answers]] = dict.fromkeys(
    ("deals:check", "deals:register"), (sellers(200), sellers(422))
)
OBJECT_FORMS: dict[str, tuple[dict[str, Thrice], dict[str, Thrice]]] = {
    "deals:registration_edit": (of_sellers(200), of_sellers(422)),
}
OBJECT_ACTS: dict[str, dict[str, Thrice]] = {
    "deals:registration_appeal": of_sellers(422),
    "deals:registration_withdraw": of_sellers(302),
    "deals:hold_end": of_sellers(302),
}


def _draft(partner: Partner) -> uuid.UUID:
    return RegistrationFactory.create(partner=partner).public_id


def _in_review(partner: Partner) -> uuid.UUID:
    return RegistrationFactory.create(partner=partner, in_review=True).public_id


def _hold(partner: Partner) -> uuid.UUID:
    return DomainHoldFactory.create(partner=partner).public_id


MAKE: dict[str, Callable[[Partner], uuid.UUID]] = {
    "deals:registration": _in_review,
    "deals:registration_receipt": _in_review,
    "deals:registration_edit": _draft,
    "deals:registration_appeal": _in_review,
    "deals:registration_withdraw": _in_review,
    "deals:hold_receipt": _hold,
    "deals:hold_end": _hold,
}


class _Row:
    def __init__(self, public_id: uuid.UUID) -> None:
        self.public_id = public_id


def _row(name: str) -> Callable[[Partner], Any]:
    return lambda partner: _Row(MAKE[name](partner))


ROWS: dict[str, Callable[[Partner], Any]] = {name: _row(name) for name in OBJECTS}
"""Objects by GET, as `test_permissions.py` makes them."""

POSTED = {*FORMS, *OBJECT_FORMS, *OBJECT_ACTS}
