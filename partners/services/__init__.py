"""What changes about partners. Views, admin, commands and handlers call these."""

from partners.services.accounts import NoLongerHereError, open_account
from partners.services.digests import plan_digests
from partners.services.ledger import (
    Posting,
    queue_refresh,
    queue_refresh_of_all,
    refreshes,
    settle,
)
from partners.services.mail import mail_digest, mail_notification
from partners.services.standings import (
    open_standings,
    partner_ranges,
    refresh_standings,
    show_credited_tiers,
)
from partners.services.tier_news import queue_tier_news, tell_tiers
from partners.services.tiers import (
    CheckDay,
    NotACheckDayError,
    end_cures,
    grant_upgrades,
    refuse_other_days,
    run_check_day,
    run_tier_day,
    take_snapshots,
)

__all__ = [
    "CheckDay",
    "NoLongerHereError",
    "NotACheckDayError",
    "Posting",
    "end_cures",
    "grant_upgrades",
    "mail_digest",
    "mail_notification",
    "open_account",
    "open_standings",
    "partner_ranges",
    "plan_digests",
    "queue_refresh",
    "queue_refresh_of_all",
    "queue_tier_news",
    "refresh_standings",
    "refreshes",
    "refuse_other_days",
    "run_check_day",
    "run_tier_day",
    "settle",
    "show_credited_tiers",
    "take_snapshots",
    "tell_tiers",
]
