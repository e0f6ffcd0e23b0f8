"""What the acts of the audit log are called. An act without words shows its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.apps import apps
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.models import AuditEntry
from ui import formats
from ui.listings import UnknownListError, listing_of

ACTS: Final[Mapping[str, Promise | str]] = {
    "accounts.signed_in": gettext_lazy("Signed in"),
    "accounts.signed_out": gettext_lazy("Signed out"),
    "accounts.session_ended": gettext_lazy("Session ended from elsewhere"),
    "accounts.sign_in_failed": gettext_lazy("Sign-in failed"),
    "accounts.password_changed": gettext_lazy("Password changed"),
    "accounts.password_set": gettext_lazy("Password set"),
    "accounts.password_reset": gettext_lazy("Password reset by letter"),
    "accounts.second_factor_added": gettext_lazy("Second factor added"),
    "accounts.second_factor_removed": gettext_lazy("Second factor removed"),
    "accounts.opened": gettext_lazy("Account opened"),
    "accounts.staff_opened": gettext_lazy("Staff account opened"),
    "accounts.edited": gettext_lazy("Account edited"),
    "accounts.staff_role_changed": gettext_lazy("Staff role changed"),
    "accounts.deactivated": gettext_lazy("Account deactivated"),
    "accounts.reactivated": gettext_lazy("Account activated again"),
    "partners.edited": gettext_lazy("Partner edited"),
    "partners.manager_assigned": gettext_lazy("Moved to a portfolio"),
    "partners.person_left": gettext_lazy("Left the company"),
    "partners.tier_changed": gettext_lazy("Tier changed"),
    "partners.tiers_imported": gettext_lazy("Tier history imported"),
    "partners.points_exported": gettext_lazy("Points exported"),
    "partners.standings_exported": gettext_lazy("Standings exported"),
    "commissions.paper_filed": gettext_lazy("Paper filed"),
    "commissions.paper_restarted": gettext_lazy("Paper taken back"),
    "commissions.paper_approved": gettext_lazy("Paper approved"),
    "commissions.paper_rejected": gettext_lazy("Paper rejected"),
    "commissions.paper_demanded": gettext_lazy("Paper demanded"),
    "commissions.paper_not_demanded": gettext_lazy("Paper demanded no more"),
    "commissions.bank_changed": gettext_lazy("Bank account named"),
    "commissions.bank_number_shown": gettext_lazy("Account number shown to finance"),
    "commissions.forfeited": gettext_lazy("Commission lost for want of papers"),
    "commissions.forfeiture_waived": gettext_lazy("Loss of commission waived"),
    "deals.won": gettext_lazy("Deal won"),
    "deals.lost": gettext_lazy("Deal lost"),
    "deals.proof_recorded": gettext_lazy("Proof of involvement recorded"),
    "deals.cancelled": gettext_lazy("Subscription ended"),
    "deals.line_downgraded": gettext_lazy("Product line downgraded"),
    "accounts.second_factor_reset": gettext_lazy("Second factor reset by staff"),
    "clients.client_added": gettext_lazy("Client added"),
    "deals.registered": gettext_lazy("Deal registered"),
    "deals.expired": gettext_lazy("Deal expired"),
    "deals.withdrawn": gettext_lazy("Deal withdrawn"),
    "deals.extended": gettext_lazy("Deal’s validity extended"),
    "deals.line_upgraded": gettext_lazy("Product line upgraded"),
    "deals.assigned": gettext_lazy("Specialist assigned"),
    "deals.area_removed": gettext_lazy("Area of a specialist removed"),
    "deals.absence_removed": gettext_lazy("Absence of a specialist removed"),
    "deals.introduction_recorded": gettext_lazy("Beginning of a sale recorded"),
    "deals.domain_held": gettext_lazy("Domain held"),
    "deals.hold_ended": gettext_lazy("Hold on a domain ended"),
    "deals.motion_proposed": gettext_lazy("Motion proposed by the rule"),
    "deals.motion_confirmed": gettext_lazy("Motion confirmed"),
    "deals.motion_contested": gettext_lazy("Motion contested"),
    "deals.motion_decided": gettext_lazy("Motion decided"),
    "deals.motion_corrected": gettext_lazy("Motion corrected after the close"),
    "deals.proof_asked": gettext_lazy("Proof of involvement asked for"),
    "deals.proof_denied": gettext_lazy("Proof of involvement denied"),
    "deals.proof_link_withdrawn": gettext_lazy("Link for proof withdrawn"),
    "deals.registration_begun": gettext_lazy("Registration begun"),
    "deals.registration_submit": gettext_lazy("Registration sent in"),
    "deals.registration_accept": gettext_lazy("Registration accepted"),
    "deals.registration_ask": gettext_lazy("Information asked for about a registration"),
    "deals.registration_answer": gettext_lazy("Information given about a registration"),
    "deals.registration_refuse": gettext_lazy("Registration refused"),
    "deals.registration_withdraw": gettext_lazy("Registration withdrawn"),
    "deals.registration_overturn": gettext_lazy("Refusal of a registration overturned"),
    "partners.invited": gettext_lazy("Invited to the company"),
    "partners.invitation_accepted": gettext_lazy("Invitation accepted"),
    "partners.invitation_withdrawn": gettext_lazy("Invitation withdrawn"),
    "partners.join_asked": gettext_lazy("Asked to join the company"),
    "partners.join_approved": gettext_lazy("Request to join approved"),
    "partners.join_refused": gettext_lazy("Request to join refused"),
    "partners.role_changed": gettext_lazy("Role changed"),
    "partners.seen_as": gettext_lazy("Began to look as the partner"),
    "partners.seen_as_ended": gettext_lazy("Stopped looking as the partner"),
    "partners.calendar_feed_made": gettext_lazy("Private calendar address made"),
    "partners.calendar_feed_revoked": gettext_lazy("Private calendar address revoked"),
    "partners.notification_preferences": gettext_lazy("Choice of e-mails changed"),
    "partners.view_saved": gettext_lazy("View of a list saved"),
    "partners.view_changed": gettext_lazy("View of a list changed"),
    "partners.view_deleted": gettext_lazy("View of a list deleted"),
    "partners.tier_exported": gettext_lazy("History of the tier exported"),
    "partners.diary_exported": gettext_lazy("Movements of points exported"),
    "partners.log_exported": gettext_lazy("Log of the company exported"),
    "partners.rehearsal_exported": gettext_lazy("Rehearsal of an edition exported"),
    "partners.note_written": gettext_lazy("Note written"),
    "partners.task_set": gettext_lazy("Task set"),
    "partners.task_done": gettext_lazy("Task done"),
    "partners.membership_changed": gettext_lazy("Membership changed"),
    "partners.condition_not_met": gettext_lazy(
        "Condition of good standing found not met"
    ),
    "partners.condition_met": gettext_lazy("Condition of good standing met again"),
    "partners.benefits_suspended": gettext_lazy("Benefits suspended"),
    "partners.benefits_restored": gettext_lazy("Benefits restored"),
    "partners.escalation_reported": gettext_lazy("Escalation reported"),
    "partners.escalation_settled": gettext_lazy("Escalation settled"),
    "partners.escalation_marked": gettext_lazy("Escalation marked on record"),
    "partners.escalation_dismissed": gettext_lazy("Escalation dismissed"),
    "partners.factor_gap_opened": gettext_lazy("Sign-ins with one factor begun"),
    "partners.factor_gap_closed": gettext_lazy("Sign-ins with one factor ended"),
    "partners.gold_notice": gettext_lazy("Notice about the deadline for Gold"),
    "partners.own_lapsed": gettext_lazy("Own subscription lapsed"),
    "partners.own_lapse_cured": gettext_lazy("Lapse of the own subscription cured"),
    "partners.own_lapse_provider": gettext_lazy("Became a provider after a lapse"),
    "partners.own_lapse_suspended": gettext_lazy("Benefits suspended after a lapse"),
    "partners.override_proposed": gettext_lazy("Granted tier proposed"),
    "partners.override_approved": gettext_lazy("Granted tier approved"),
    "partners.override_refused": gettext_lazy("Granted tier refused"),
    "partners.override_withdrawn": gettext_lazy("Granted tier withdrawn"),
    "partners.override_ended": gettext_lazy("Granted tier ended"),
    "partners.appeal_filed": gettext_lazy("Appeal filed"),
    "partners.appeal_proposal": gettext_lazy("Answer to an appeal proposed"),
    "partners.appeal_decided": gettext_lazy("Appeal decided"),
    "partners.appeal_overdue": gettext_lazy("Appeal overdue"),
    "partners.elite_opened": gettext_lazy("Review for Elite opened"),
    "partners.elite_found": gettext_lazy("Found ready for Elite"),
    "partners.elite_reviewed": gettext_lazy("Review for Elite filled in"),
    "partners.elite_invited": gettext_lazy("Invited to Elite"),
    "partners.elite_accepted": gettext_lazy("Invitation to Elite accepted"),
    "partners.elite_declined": gettext_lazy("Invitation to Elite declined"),
    "partners.elite_kept": gettext_lazy("Elite kept"),
    "partners.elite_ended": gettext_lazy("Elite ended"),
    "partners.elite_closed": gettext_lazy("Review for Elite closed"),
    "partners.edition_drafted": gettext_lazy("Edition drafted"),
    "partners.edition_changed": gettext_lazy("Draft of an edition changed"),
    "partners.edition_rehearsed": gettext_lazy("Edition rehearsed"),
    "partners.edition_published": gettext_lazy("Edition published"),
    "partners.edition_withdrawn": gettext_lazy("Draft of an edition withdrawn"),
    "deals.registration_late": gettext_lazy("Registration answered late"),
    "deals.registration_appeal_late": gettext_lazy("Appeal decided late"),
    "deals.registration_appealed": gettext_lazy("Appeal against a refused registration"),
    "deals.registration_appeal_decided": gettext_lazy(
        "Appeal about a registration decided"
    ),
    "deals.commented": gettext_lazy("Comment on a deal"),
    "deals.note_written": gettext_lazy("Internal note on a deal"),
    "deals.changed": gettext_lazy("Deal changed"),
    "deals.team_joined": gettext_lazy("Put on the team of a deal"),
    "deals.team_left": gettext_lazy("Taken off the team of a deal"),
    "deals.file_added": gettext_lazy("File put on a deal"),
    "deals.file_removed": gettext_lazy("File taken off a deal"),
    "deals.internal_file_added": gettext_lazy("Internal file put on a deal"),
    "deals.internal_file_removed": gettext_lazy("Internal file taken off a deal"),
    "deals.request_asked": gettext_lazy("Request on a deal made"),
    "deals.request_late": gettext_lazy("Request on a deal answered late"),
    "deals.request_withdrawn": gettext_lazy("Request on a deal withdrawn"),
    "deals.request_approved": gettext_lazy("Request on a deal approved"),
    "deals.request_refused": gettext_lazy("Request on a deal refused"),
    "deals.request_revoked": gettext_lazy("Waiver on a deal revoked"),
    "deals.scenario_saved": gettext_lazy("Scenario saved"),
    "deals.scenario_changed": gettext_lazy("Scenario changed"),
    "deals.scenario_removed": gettext_lazy("Scenario removed"),
    "deals.signal_received": gettext_lazy("Signal about a deal received"),
    "commissions.receipt_entered": gettext_lazy("Receipt entered by hand"),
    "commissions.receipt_taken_back": gettext_lazy("Receipt taken back"),
    "commissions.increase_recorded": gettext_lazy("Increase without a seller recorded"),
    "commissions.accruals_exported": gettext_lazy("Accruals exported"),
    "commissions.dispute_opened": gettext_lazy("Month of a commission contested"),
    "commissions.dispute_written": gettext_lazy("Message about a contested month"),
    "commissions.dispute_noted": gettext_lazy("Internal note about a contested month"),
    "commissions.dispute_proposed": gettext_lazy("Contested month: correction proposed"),
    "commissions.dispute_corrected": gettext_lazy("Contested month: corrected"),
    "commissions.dispute_reopened": gettext_lazy(
        "Contested month: correction not approved, open again"
    ),
    "commissions.dispute_refused": gettext_lazy("Contested month: refused"),
    "commissions.dispute_withdrawn": gettext_lazy("Contested month withdrawn"),
    "commissions.dispute_late": gettext_lazy("Contested month answered late"),
    "commissions.spreadsheet_compared": gettext_lazy("Spreadsheet compared"),
    "commissions.reconciled_exported": gettext_lazy(
        "Comparison of a spreadsheet downloaded"
    ),
    "commissions.statement_closed": gettext_lazy("Statement closed"),
    "commissions.statement_exported": gettext_lazy("Statement downloaded"),
    "commissions.statements_exported": gettext_lazy("Statements of a quarter exported"),
    "commissions.payments_exported": gettext_lazy("Payment file downloaded"),
    "commissions.run_prepared": gettext_lazy("Payout run prepared"),
    "commissions.run_checked": gettext_lazy("Payout run checked"),
    "commissions.run_approved": gettext_lazy("Payout run approved"),
    "commissions.run_executed": gettext_lazy("Payout run sent to the bank"),
    "commissions.run_cancelled": gettext_lazy("Payout run cancelled"),
    "commissions.payment_prepared": gettext_lazy("Payment prepared"),
    "commissions.payment_sent": gettext_lazy("Payment sent to the bank"),
    "commissions.payment_paid": gettext_lazy("Payment arrived"),
    "commissions.payment_rejected": gettext_lazy("Payment rejected by the bank"),
    "commissions.payment_cancelled": gettext_lazy("Payment cancelled"),
    "commissions.adjustment_proposed": gettext_lazy("Adjustment proposed"),
    "commissions.adjustment_approved": gettext_lazy("Adjustment approved"),
    "commissions.adjustment_refused": gettext_lazy("Adjustment refused"),
    "commissions.adjustment_withdrawn": gettext_lazy("Adjustment taken back"),
    "interchange.imported": gettext_lazy("Bundle imported"),
    "outbox.retried": gettext_lazy("Dead job retried"),
}


def words_of_act(action: str) -> str:
    """Return what was done, in the active language; the act's own name if it has none."""
    if action in ACTS:
        return str(ACTS[action])
    label, _underscore, verb = action.rpartition("_")
    if verb == "exported" and "." in label:
        name = label.partition(".")[2]
        return _("Exported: %(what)s") % {"what": _title_of(name)}
    if verb in {"added", "edited"} and label.count(".") == 1:
        try:
            name = str(apps.get_model(label)._meta.verbose_name).capitalize()
        except LookupError:
            return action
        words = _("%(what)s: added") if verb == "added" else _("%(what)s: edited")
        return words % {"what": name}
    return action


OURS: Final = frozenset({"commissions.payoutdocument"})
"""Kinds of objects that are called by words of the portal, not by a name of their own."""


def words_of_object(entry: AuditEntry) -> str:
    """Return what an entry calls its object, with days as the reader writes them."""
    label = entry.object_label
    return formats.days_in(_(label) if label and entry.object_type in OURS else label)


def _title_of(name: str) -> str:
    """Return what a list is called; its name if there is none of it any more."""
    try:
        return str(listing_of(name).title)
    except UnknownListError:
        return name.replace("_", " ")
