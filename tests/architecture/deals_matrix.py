"""The rows of the permission matrix about deals, put together from their parts.

A part has PAGES, ACTS and OBJECTS with ROWS, which `test_permissions.py` asks, and names
in POSTED what a test of its own posts.
"""

from __future__ import annotations

from tests.architecture import registrations_matrix, scenarios_matrix, shared_matrix
from tests.architecture.people_matrix import Answers, everybody

PAGES: dict[str, Answers] = {
    **scenarios_matrix.PAGES,
    **registrations_matrix.PAGES,
    **shared_matrix.PAGES,
    # Everybody says for oneself whether to hear of prospects.
    "deals:signals": everybody(200),
}
ACTS: dict[str, Answers] = {
    **scenarios_matrix.ACTS,
    **registrations_matrix.ACTS,
    # For the vendor's CRM, which signs; without its secret there is no such door.
    "deals:signal": everybody(404, anonymous=404),
    "deals:signals_ask": everybody(302),
}
OBJECTS = scenarios_matrix.OBJECTS | registrations_matrix.OBJECTS | shared_matrix.OBJECTS
FILES = shared_matrix.OBJECTS
of_a_file = shared_matrix.addresses
ROWS = scenarios_matrix.ROWS | registrations_matrix.ROWS
POSTED = {
    *scenarios_matrix.OBJECT_ACTS,
    *registrations_matrix.POSTED,
    *shared_matrix.ACTS,
}

# A letter to the client carries it.
SECRETS = {"deals:proof"}
