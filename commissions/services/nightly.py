"""Every night: are the statements still what they say, does the money still add up?"""

from __future__ import annotations

import logging
from datetime import date

from commissions.services.invariants import findings
from commissions.services.statements.verifying import Tally, statement_faults

logger = logging.getLogger(__name__)


def check_money(*, on: date) -> int:
    """Recompute every statement and ask for every invariant; return how many faults.

    Faults are errors in the log (docs/operations.md). A sound ledger says so, too:
    silence would be a night on which nobody looked.
    """
    tally = Tally()
    faults = 0
    for fault in statement_faults(tally=tally):
        faults += 1
        logger.error("Statement is not reproduced: %s", fault)
    if not faults:
        logger.info(
            "%d statements of %d partners, %d lines: reproduced to the cent.",
            tally.statements,
            tally.partners,
            tally.lines,
        )
    for finding in findings(on=on):
        if finding.count:
            faults += 1
            logger.error("Invariant of the money: %s", finding)
    return faults
