"""The rows of the permission matrix about what-ifs and the scenarios that are kept.

`tests/architecture/test_permissions.py` asks the pages and objects,
`test_scenario_acts.py` what is posted.
"""

from __future__ import annotations

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
from tests.factories.scenarios import ScenarioFactory

HIDDEN = (404, 404, 404)

PAGES: dict[str, Answers] = {"deals:what_if": everybody(200, staff=302, left=404)}

# With an empty form: a scenario without a name, which is said on the page.
ACTS: dict[str, Answers] = {
    "deals:scenario_save": everybody(
        403,
        **dict.fromkeys(("owner", "sales", "stranger"), 302),
        **dict.fromkeys((*STAFF, "left"), 404),
    )
}

# Shared ones. What they say rests on the ledgers, which growth specialists do not have.
OBJECTS: dict[str, dict[str, Thrice]] = {
    "deals:scenario": {
        "anonymous": (302, 302, 302),
        "stranger": HIDDEN,
        **dict.fromkeys(ROLES, (200, 404, 404)),
        "pdm": (200, 404, 404),
        "pdm_elsewhere": HIDDEN,
        **dict.fromkeys(
            ("programme_manager", "finance_staff", "auditor"), (200, 200, 404)
        ),
        "growth_specialist": HIDDEN,
        "left": HIDDEN,
    }
}

ROWS: dict[str, Callable[[Partner], Any]] = {
    "deals:scenario": lambda partner: ScenarioFactory.create(
        partner=partner, is_shared=True
    )
}
"""What makes an object of a company."""

OF_WHO_SELLS: dict[str, Thrice] = {
    **dict.fromkeys(EVERYBODY, HIDDEN),
    "anonymous": (302, 302, 302),
    **dict.fromkeys(("owner", "sales"), (302, 404, 404)),
    **dict.fromkeys(("services", "finance", "reader"), (403, 403, 403)),
}
OBJECT_ACTS: dict[str, dict[str, Thrice]] = dict.fromkeys(
    ("deals:scenario_change", "deals:scenario_remove"), OF_WHO_SELLS
)
