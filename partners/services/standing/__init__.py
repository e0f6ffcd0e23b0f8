"""Good standing and what follows from it (R5, R7 to R10, 3.9, 3.22).

escalations  reported, settled, marked, dismissed
conditions   findings of staff about conditions of good standing
factors      accounts without a second factor, noted by the clock
benefits     suspended on default, restored
membership   provider and partner
certificates warnings before the last one ends
own          own subscriptions that lapse, their cure and what follows
gold         the deadline for Gold: warnings, notice, the move to provider
days         what each day owes of all that
telling      whom it concerns, told together
"""

from partners.services.standing.benefits import restore_benefits, suspend_benefits
from partners.services.standing.conditions import close_finding, open_finding
from partners.services.standing.days import run_standing_day
from partners.services.standing.errors import StandingError
from partners.services.standing.escalations import close_escalation, report_escalation
from partners.services.standing.factors import follow_second_factors
from partners.services.standing.membership import (
    become_partner,
    become_provider,
    record_imported,
)

__all__ = [
    "StandingError",
    "become_partner",
    "become_provider",
    "close_escalation",
    "close_finding",
    "follow_second_factors",
    "open_finding",
    "record_imported",
    "report_escalation",
    "restore_benefits",
    "run_standing_day",
    "suspend_benefits",
]
