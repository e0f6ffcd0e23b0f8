"""The rows of the permission matrix about money: papers and bank accounts.

`tests/architecture/test_permissions.py` asks the pages and objects, `test_money_acts.py`
what is posted (an empty form) about an object.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from partners.models import Partner
from tests.architecture.people_matrix import EVERYBODY, Answers, Thrice, everybody
from tests.factories.money import (
    DisputeFactory,
    PayoutDocumentFactory,
    ScheduleFactory,
    StatementFactory,
)

HIDDEN = (404, 404, 404)
SELLING = ("sales", "services")
SEEING_STAFF = ("programme_manager", "finance_staff", "auditor")

# Whoever sees money sees these; staff say whose, and are led away without that.
OF_WHO_SEES_MONEY = everybody(200, sales=403, services=403, staff=302, left=404)

PAGES: dict[str, Answers] = {
    "commissions:papers": OF_WHO_SEES_MONEY,
    "commissions:bank": OF_WHO_SEES_MONEY,
    **dict.fromkeys(
        (
            *("commissions:list", "commissions:curve", "commissions:statements"),
            *("commissions:waiting", "commissions:disputes"),
            "commissions:next_payment",
        ),
        OF_WHO_SEES_MONEY,
    ),
}


def of_who_acts(status: int) -> Answers:
    """Return who → status of what owners and finance do for their company."""
    return everybody(
        403,
        **dict.fromkeys(("owner", "finance", "stranger"), status),
        staff=404,
        left=404,
    )


ACTS: dict[str, Answers] = {
    # An empty form names no paper; nobody has shown a second factor.
    "commissions:paper_add": of_who_acts(302),
    "commissions:bank_change": of_who_acts(302),
}

# Who does not see money finds nothing: also people of the company, and those who sell.
OF_MONEY: dict[str, Thrice] = {
    **dict.fromkeys(EVERYBODY, HIDDEN),
    "anonymous": (302, 302, 302),
    **dict.fromkeys(("owner", "finance", "reader"), (200, 404, 404)),
    "pdm": (200, 404, 404),
    **dict.fromkeys(SEEING_STAFF, (200, 200, 404)),
}
OBJECTS: dict[str, dict[str, Thrice]] = dict.fromkeys(
    (
        *("commissions:paper_file", "commissions:schedule", "commissions:statement"),
        *("commissions:statement_pdf", "commissions:statement_csv"),
        *("commissions:statement_xlsx", "commissions:dispute"),
    ),
    OF_MONEY,
)

ROWS: dict[str, Callable[[Partner], Any]] = {
    "commissions:paper_file": lambda partner: PayoutDocumentFactory.create(
        partner=partner
    ),
    "commissions:schedule": lambda partner: ScheduleFactory.create(
        line__deal__partner=partner
    ),
    "commissions:statement": lambda partner: StatementFactory.create(partner=partner),
    **dict.fromkeys(
        (
            *("commissions:statement_pdf", "commissions:statement_csv"),
            "commissions:statement_xlsx",
        ),
        lambda partner: StatementFactory.create(partner=partner),
    ),
    "commissions:dispute": lambda partner: DisputeFactory.create(
        schedule__line__deal__partner=partner
    ),
}
"""What makes an object of a company."""

OBJECT_ACTS: dict[str, dict[str, Thrice]] = {
    "commissions:paper_restart": {
        **dict.fromkeys(EVERYBODY, HIDDEN),
        "anonymous": (302, 302, 302),
        **dict.fromkeys(("owner", "finance"), (302, 404, 404)),
        **dict.fromkeys((*SELLING, "reader"), (403, 403, 403)),
    },
}
# The page of a month, and what is posted about a contested one: test_dispute_acts.py.
ABOUT_A_MONTH = ("commissions:month", "commissions:contest")
ABOUT_A_DISPUTE = ("commissions:dispute_message", "commissions:dispute_withdraw")
POSTED = {*OBJECT_ACTS, *ABOUT_A_MONTH, *ABOUT_A_DISPUTE, "commissions:reconcile"}
