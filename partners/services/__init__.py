"""What changes about partners. Views, admin, commands and handlers call these."""

from partners.services.accounts import NoLongerHereError, open_account
from partners.services.ledger import (
    Posting,
    queue_refresh,
    queue_refresh_of_all,
    settle,
)
from partners.services.standings import (
    open_standings,
    partner_ranges,
    refresh_standings,
    show_credited_tiers,
)
from partners.services.tiers import (
    CheckDay,
    NotACheckDayError,
    end_cures,
    grant_upgrades,
    refuse_other_days,
    run_check_day,
    take_snapshots,
)

__all__ = [
    "CheckDay",
    "NoLongerHereError",
    "NotACheckDayError",
    "Posting",
    "end_cures",
    "grant_upgrades",
    "open_account",
    "open_standings",
    "partner_ranges",
    "queue_refresh",
    "queue_refresh_of_all",
    "refresh_standings",
    "refuse_other_days",
    "run_check_day",
    "settle",
    "show_credited_tiers",
    "take_snapshots",
]
