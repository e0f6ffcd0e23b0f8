"""Each act of the audit log has words, and is an owner's to read or kept back."""

from __future__ import annotations

from collections.abc import Iterable

from deals.models import Deal, MotionStep
from partners.admin.audit_words import ACTS, words_of_act
from partners.models import Escalation, JoinRequest, OwnLapse, TierOverride
from partners.permissions import POLICY
from portal.company import log_acts
from program.deal_life import RegistrationEvent
from program.payout_life import AdjustmentState, PaymentState, RunState
from tests.architecture.audit_acts import HOLE, acts
from ui.listings import listings

EDITED = [
    model
    for model, grants in POLICY.items()
    if any(grant.add or grant.change for grant in grants.values())
]
"""Models with a form in the back office; its acts are put together of their name."""

FILLED: dict[str, Iterable[str]] = {
    # portal/sign_ins.py: the signals of an account
    "*": ("accounts.signed_in", "accounts.signed_out"),
    "*_added": [f"{model}_added" for model in EDITED],
    "*_edited": [f"{model}_edited" for model in EDITED],
    "partners.*_exported": [f"partners.{each.name}_exported" for each in listings()],
    "deals.*": [f"deals.{stage}" for stage in Deal.Stage.values],
    "deals.motion_*": [f"deals.motion_{event}" for event in MotionStep.Event.values],
    "deals.registration_*": [f"deals.registration_{each}" for each in RegistrationEvent],
    "commissions.adjustment_*": [f"commissions.adjustment_{s}" for s in AdjustmentState],
    "commissions.payment_*": [f"commissions.payment_{state}" for state in PaymentState],
    "partners.escalation_*": [f"partners.escalation_{s}" for s in Escalation.State],
    "partners.join_*": [f"partners.join_{each}" for each in JoinRequest.Decision],
    "partners.override_*": [f"partners.override_{s}" for s in TierOverride.State],
    "partners.own_lapse_*": [
        f"partners.own_lapse_{each}"
        for each in OwnLapse.Outcome
        if each != OwnLapse.Outcome.OPEN
    ],
}
"""What the source does not tell, from the states that fill the hole."""

KEPT_BACK = {
    # What staff note, intend, propose or have under way
    *("partners.note_written", "partners.task_set", "partners.task_done"),
    *("partners.override_proposed", "partners.override_refused"),
    *("partners.appeal_proposal", "partners.appeal_overdue"),
    *("partners.elite_opened", "partners.elite_found", "partners.elite_reviewed"),
    "partners.elite_closed",
    # What the vendor keeps to itself on a shared deal
    *("deals.note_written", "deals.internal_file_added"),
    *("deals.internal_file_removed", "commissions.dispute_noted"),
    # How registrations of several partners bear on each other
    *("deals.domain_held", "deals.hold_ended"),
    "deals.signal_received",
    # The programme's own
    *("accounts.staff_opened", "accounts.staff_role_changed"),
    *("deals.area_removed", "deals.absence_removed"),
    *("partners.edition_drafted", "partners.edition_changed"),
    *("partners.edition_rehearsed", "partners.edition_published"),
    *("partners.edition_withdrawn", "partners.rehearsal_exported"),
    *("partners.standings_exported", "interchange.imported", "outbox.retried"),
    # What two people decide before it is the partner's
    *(f"commissions.run_{state}" for state in RunState),
    *("commissions.payment_prepared", "commissions.payment_cancelled"),
    *("commissions.adjustment_proposed", "commissions.adjustment_refused"),
    "commissions.adjustment_withdrawn",
    *("commissions.receipt_entered", "commissions.receipt_taken_back"),
    "commissions.accruals_exported",
    *("commissions.payments_exported", "commissions.statements_exported"),
}


def every_act() -> list[str]:
    """Return each act by its whole name."""
    found: set[str] = set()
    for act in acts():
        found |= set(FILLED[act]) if HOLE in act else {act}
    return sorted(found)


def test_a_name_put_together_is_known_to_the_last() -> None:
    assert {act for act in acts() if HOLE in act} == set(FILLED)


def test_each_act_has_words() -> None:
    words = {act: words_of_act(act) for act in every_act()}

    assert {act: said for act, said in words.items() if "." in said or "_" in said} == {}


def test_no_words_are_left_of_acts_that_are_gone() -> None:
    assert set(ACTS) - set(every_act()) == set()


def by_form(act: str) -> bool:
    """Tell whether a form of the back office stores it: kept back unless it is shown."""
    return act.endswith(("_added", "_edited")) and act.rpartition("_")[0] in EDITED


def test_each_act_is_shown_to_owners_or_kept_back() -> None:
    others = {act for act in every_act() if not by_form(act)}

    assert others - {*log_acts.ACTS} - KEPT_BACK == set(), "is it shown, or kept back?"
    assert others & {*log_acts.ACTS} & KEPT_BACK == set(), "it cannot be both"


def test_each_act_shown_is_of_one_kind_and_exists() -> None:
    assert len(set(log_acts.ACTS)) == len(log_acts.ACTS)
    assert set(log_acts.ACTS) <= {*every_act(), *ACTS}


def test_the_reading_finds_names_however_they_are_put_together() -> None:
    found = acts()

    assert {"partners.view_saved", "accounts.password_reset", "deals.won"} <= set(found)
