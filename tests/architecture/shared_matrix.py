"""The rows of the permission matrix about shared deals: board, forecast, files, acts.

`tests/architecture/test_permissions.py` asks the pages, `test_shared_acts.py` what is
posted (an empty form) about a deal.
"""

from __future__ import annotations

import uuid

from django.urls import reverse

from partners.models import Partner
from tests.architecture.people_matrix import (
    EVERYBODY,
    Answers,
    Thrice,
    everybody,
)
from tests.factories.shared import DealFileFactory

HIDDEN = (404, 404, 404)
SELLING = ("owner", "sales")
READING = ("finance", "reader")
OF_STAFF = ("programme_manager", "growth_specialist")
"""The staff who work on the deals of all partners."""
READING_STAFF = ("finance_staff", "auditor")

PAGES: dict[str, Answers] = {
    "deals:board": everybody(200),
    "deals:forecast": everybody(200),
}


def acts(selling: int, services: int, staff: int) -> dict[str, Thrice]:
    """Return who → answers, where these are what each is answered about an own deal.

    Whoever sees a deal and may not act is told so; for whoever does not see it there is
    none, as if it did not exist.
    """
    return {
        **dict.fromkeys(EVERYBODY, HIDDEN),
        "anonymous": (302, 302, 302),
        **dict.fromkeys(SELLING, (selling, 404, 404)),
        "services": (services, 404, 404),
        **dict.fromkeys(READING, (403, 404, 404)),
        "pdm": (staff, 404, 404),
        **dict.fromkeys(OF_STAFF, (staff, staff, 404)),
        **dict.fromkeys(READING_STAFF, (403, 403, 404)),
    }


REFUSED, DONE, NOT_THEIRS = 422, 302, 403

ACTS: dict[str, dict[str, Thrice]] = {
    # Who sells for the partner, and who works for the vendor
    **dict.fromkeys(
        ("deals:change", "deals:team_join", "deals:proof_ask"),
        acts(REFUSED, NOT_THEIRS, REFUSED),
    ),
    **dict.fromkeys(("deals:move", "deals:proof_withdraw"), acts(DONE, NOT_THEIRS, DONE)),
    # Services, too
    **dict.fromkeys(("deals:comment", "deals:file_add"), acts(REFUSED, REFUSED, REFUSED)),
    "deals:file_remove": acts(DONE, DONE, DONE),
    # The partner alone
    **dict.fromkeys(
        ("deals:motion_contest", "deals:lose", "deals:request_ask"),
        acts(REFUSED, NOT_THEIRS, NOT_THEIRS),
    ),
    **dict.fromkeys(
        (
            *("deals:motion_confirm", "deals:withdraw", "deals:extend"),
            "deals:request_withdraw",
        ),
        acts(DONE, NOT_THEIRS, NOT_THEIRS),
    ),
    # The vendor alone
    **dict.fromkeys(
        (
            *("deals:motion_decide", "deals:proof_record", "deals:request_answer"),
            "deals:request_revoke",
        ),
        acts(NOT_THEIRS, NOT_THEIRS, REFUSED),
    ),
    # Everybody leaves what they are on; an empty form names nobody.
    "deals:team_leave": dict.fromkeys(EVERYBODY, HIDDEN) | {"anonymous": (302, 302, 302)},
}

OBJECTS: dict[str, dict[str, Thrice]] = {
    "deals:file": {
        **acts(200, 200, 200),
        **dict.fromkeys(READING, (200, 404, 404)),
        **dict.fromkeys(READING_STAFF, (200, 200, 404)),
    }
}


def addresses(name: str, own: Partner, foreign: Partner) -> tuple[str, str, str]:
    """Return the address of a file of an own deal, of a foreign one, and of none."""
    files = [DealFileFactory.create(deal__partner=partner) for partner in (own, foreign)]
    found = [reverse(name, args=[each.deal.public_id, each.public_id]) for each in files]
    absent = reverse(name, args=[files[0].deal.public_id, uuid.uuid4()])
    return found[0], found[1], absent
