"""Which acts an owner reads in the log of the own company, by kind. The rest is staff's.

Closed by default: what does not stand here is not shown. Notes and tasks of staff, what
somebody proposes and another has not decided, and reviews under way are no business of
the company; a test has each new act either shown or kept back.
"""

from __future__ import annotations

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """What an act is about, as the log can be narrowed."""

    SIGN_IN = "sign-in", _("Signing in")
    PEOPLE = "people", _("People and rights")
    DEALS = "deals", _("Deals and clients")
    TIER = "tier", _("Tier and standing")
    MONEY = "money", _("Commissions and payments")
    DATA = "data", _("Files, views and calendars")


SHOWN: Final[dict[str, tuple[str, ...]]] = {
    Kind.SIGN_IN: (
        *("accounts.signed_in", "accounts.signed_out", "accounts.sign_in_failed"),
        *("accounts.session_ended", "accounts.password_changed"),
        *("accounts.password_set", "accounts.password_reset"),
        *("accounts.second_factor_added", "accounts.second_factor_removed"),
        "accounts.second_factor_reset",
    ),
    Kind.PEOPLE: (
        *("accounts.opened", "accounts.edited", "accounts.deactivated"),
        *("accounts.reactivated", "partners.invited", "partners.invitation_accepted"),
        *("partners.invitation_withdrawn", "partners.join_asked"),
        *("partners.join_approved", "partners.join_refused", "partners.role_changed"),
        *("partners.person_left", "partners.person_added", "partners.person_edited"),
        *("partners.edited", "partners.partner_edited", "partners.manager_assigned"),
        *("partners.certification_added", "partners.certification_edited"),
        *("partners.accreditation_added", "partners.accreditation_edited"),
        *("partners.seen_as", "partners.seen_as_ended"),
        *("partners.notification_preferences",),
    ),
    Kind.DEALS: (
        *("deals.registered", "deals.won", "deals.lost", "deals.expired"),
        *("deals.withdrawn", "deals.cancelled", "deals.extended", "deals.deal_edited"),
        *("deals.line_downgraded", "deals.line_upgraded", "deals.assigned"),
        *("deals.proof_asked", "deals.proof_recorded", "deals.proof_denied"),
        *("deals.proof_link_withdrawn", "deals.motion_proposed"),
        *("deals.motion_confirmed", "deals.motion_contested", "deals.motion_decided"),
        *("deals.motion_corrected", "deals.registration_begun"),
        "deals.introduction_recorded",
        *("deals.registration_submit", "deals.registration_accept"),
        *("deals.registration_ask", "deals.registration_answer"),
        *("deals.registration_refuse", "deals.registration_withdraw"),
        *("deals.registration_overturn", "deals.registration_late"),
        *("deals.registration_appealed", "deals.registration_appeal_decided"),
        *("deals.registration_appeal_late", "deals.request_late"),
        *("deals.scenario_saved", "deals.scenario_changed", "deals.scenario_removed"),
        *("deals.commented", "deals.changed", "deals.team_joined", "deals.team_left"),
        *("deals.file_added", "deals.file_removed", "deals.request_asked"),
        *("deals.request_withdrawn", "deals.request_approved"),
        *("deals.request_refused", "deals.request_revoked"),
        "clients.client_added",
    ),
    Kind.TIER: (
        *("partners.tier_changed", "partners.tiers_imported"),
        *("partners.membership_changed", "partners.gold_notice"),
        *("partners.condition_not_met", "partners.condition_met"),
        *("partners.benefits_suspended", "partners.benefits_restored"),
        *("partners.escalation_reported", "partners.escalation_settled"),
        *("partners.escalation_marked", "partners.escalation_dismissed"),
        *("partners.factor_gap_opened", "partners.factor_gap_closed"),
        *("partners.own_lapsed", "partners.own_lapse_cured"),
        *("partners.own_lapse_provider", "partners.own_lapse_suspended"),
        *("partners.override_approved", "partners.override_withdrawn"),
        *("partners.override_ended", "partners.appeal_filed"),
        *("partners.appeal_decided", "partners.elite_invited"),
        *("partners.elite_accepted", "partners.elite_declined"),
        *("partners.elite_kept", "partners.elite_ended"),
    ),
    Kind.MONEY: (
        *("commissions.paper_filed", "commissions.paper_restarted"),
        *("commissions.paper_approved", "commissions.paper_rejected"),
        *("commissions.paper_demanded", "commissions.paper_not_demanded"),
        *("commissions.bank_changed", "commissions.bank_number_shown"),
        *("commissions.forfeited", "commissions.forfeiture_waived"),
        "commissions.increase_recorded",
        *("commissions.dispute_opened", "commissions.dispute_written"),
        *("commissions.dispute_proposed", "commissions.dispute_reopened"),
        *("commissions.dispute_corrected", "commissions.dispute_refused"),
        *("commissions.dispute_withdrawn", "commissions.dispute_late"),
        *("commissions.spreadsheet_compared", "commissions.reconciled_exported"),
        *("commissions.statement_closed", "commissions.statement_exported"),
        *("commissions.payment_sent", "commissions.payment_paid"),
        *("commissions.payment_rejected", "commissions.adjustment_approved"),
    ),
    Kind.DATA: (
        "partners.commissions_exported",
        *("partners.points_exported", "partners.deals_exported"),
        *("partners.clients_exported", "partners.tier_exported"),
        *("partners.diary_exported", "partners.log_exported"),
        *("partners.view_saved", "partners.view_changed", "partners.view_deleted"),
        *("partners.calendar_feed_made", "partners.calendar_feed_revoked"),
    ),
}
"""Kind → the acts of it."""

ACTS: Final = tuple(act for acts in SHOWN.values() for act in acts)
