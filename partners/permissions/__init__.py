"""What members of staff may do: one table, closed by default.

A cell of `POLICY` says what a role may do with a model; where there is no cell the model
does not exist for that role. *Whose* rows it may do it with is the other half, and not
decided here: a partner development manager sees the own portfolio, a growth specialist
the deals of the own territories, the others all (`partners.models.partner_scope`,
`deals.models.visibility`). `docs/permissions.md` is this table for people, and a test
compares the two.

Nothing here says "delete": every row has a history that something rests on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from django.db.models import Model

from partners.models import StaffRole, User
from partners.permissions.grants import (
    ADD,
    AUDITOR,
    CHANGE,
    DELETE,
    GROWTH,
    LOOK,
    LOOK_ALL,
    LOOK_MOST,
    MANAGER,
    PDM,
    VIEW,
    Grant,
)
from partners.permissions.money import MONEY

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

__all__ = [
    "ADD",
    "ANSWER",
    "CHANGE",
    "COMMENT",
    "DELETE",
    "POLICY",
    "VIEW",
    "WORK",
    "Grant",
    "editable_fields",
    "grant",
    "may_read",
    "role_of",
    "staff_may",
    "staff_may_share",
]

_DEAL_ACTIONS: Final = (
    *("win", "lose", "record_proof", "record_introduction", "decide_motion"),
    *("correct_motion", "cancel", "downgrade", "upgrade"),
)
WORK: Final = "work"
"""On a shared deal: its fields, the pipeline, the own team, asking for the proof."""
COMMENT: Final = "comment"
"""On a shared deal: comments and files."""
ANSWER: Final = "answer"
"""On a shared deal, for the vendor: motion and proof, and what the partner asks for."""
_SHARED: Final = (WORK, COMMENT, ANSWER)
_REVIEW: Final = ("approve", "ask", "refuse")
_LOOK_SELLING: Final[Mapping[StaffRole, Grant]] = dict.fromkeys(
    (PDM, MANAGER, GROWTH, AUDITOR), LOOK
)
_SPECIALIST: Final = ("kind", "name", "email", "user", "capacity", "active")
_AREA: Final = ("territory", "segment", "product_line")
_ABSENCE: Final = ("from_on", "until_on")

POLICY: Final[Mapping[str, Mapping[StaffRole, Grant]]] = {
    # People and companies
    "partners.user": {
        MANAGER: Grant(
            add=("email", "full_name", "staff_role", "language", "time_zone"),
            change=("full_name", "language", "time_zone"),
            actions=("change_role", "reset_second_factor", "deactivate", "reactivate"),
        ),
        AUDITOR: LOOK,
    },
    "partners.partner": {
        **LOOK_MOST,
        PDM: Grant(change=("domain",), actions=("see_as",)),
        AUDITOR: Grant(actions=("see_as",)),
        MANAGER: Grant(
            change=(
                *("name", "country", "payout_currency", "domain", "pdm"),
                *("own_edition", "own_monthly_usd_minor", "own_ends_on"),
            ),
            actions=("assign_pdm", "see_as", "make_partner", "make_provider"),
        ),
    },
    "partners.person": {
        **LOOK_MOST,
        PDM: Grant(change=("first_name", "last_name"), actions=("leave",)),
        MANAGER: Grant(
            add=("partner", "email", "first_name", "last_name", "role"),
            change=("first_name", "last_name", "role"),
            actions=("open_account", "leave"),
        ),
    },
    "partners.invitation": LOOK_MOST,
    "partners.joinrequest": LOOK_MOST,
    "partners.certification": {
        **LOOK_MOST,
        MANAGER: Grant(
            add=("person", "kind", "name", "earned_on", "expires_on"),
            change=("kind", "name", "earned_on", "expires_on"),
        ),
    },
    "partners.accreditation": {
        **LOOK_MOST,
        MANAGER: Grant(
            add=("partner", "name", "granted_on", "expires_on"),
            change=("name", "granted_on", "expires_on"),
        ),
    },
    # What staff write down: partners never see it
    "partners.partnernote": {
        **LOOK_MOST,
        PDM: Grant(add=("partner", "text")),
        MANAGER: Grant(add=("partner", "text")),
    },
    "partners.partnertask": {
        **LOOK_MOST,
        PDM: Grant(add=("partner", "title", "due_on"), actions=("end",)),
        MANAGER: Grant(add=("partner", "title", "due_on"), actions=("end",)),
    },
    # Good standing
    "partners.escalation": {
        **LOOK_MOST,
        **dict.fromkeys(
            (PDM, MANAGER),
            Grant(
                add=("partner", "severity", "raised_by", "reported_on", "summary"),
                actions=("settle", "mark", "dismiss"),
            ),
        ),
    },
    "partners.escalationtransition": LOOK_MOST,
    "partners.conditionfinding": {
        **LOOK_MOST,
        **dict.fromkeys(
            (PDM, MANAGER),
            Grant(add=("partner", "condition", "from_on", "reason"), actions=("close",)),
        ),
    },
    "partners.benefitsuspension": {
        **LOOK_MOST,
        **dict.fromkeys(
            (PDM, MANAGER),
            Grant(add=("partner", "from_on", "reason"), actions=("restore",)),
        ),
    },
    "partners.membershipchange": LOOK_MOST,
    "partners.factorgap": LOOK_MOST,
    "partners.ownlapse": LOOK_MOST,
    "partners.goldnotice": LOOK_MOST,
    "partners.upgradeheld": LOOK_MOST,
    # What people decide about tiers: one proposes, another decides
    "partners.tieroverride": {
        **LOOK_MOST,
        PDM: Grant(add=("partner", "tier", "from_on", "until_on", "reason")),
        MANAGER: Grant(
            add=("partner", "tier", "from_on", "until_on", "reason"),
            actions=("approve", "refuse", "withdraw"),
        ),
    },
    "partners.tierappeal": {
        **LOOK_MOST,
        PDM: Grant(actions=("propose",)),
        MANAGER: Grant(actions=("propose", "decide")),
    },
    "partners.elitereview": {
        **LOOK_MOST,
        PDM: Grant(add=("partner",), actions=("review", "close")),
        MANAGER: Grant(
            add=("partner",), actions=("review", "invite", "conclude", "close")
        ),
    },
    "partners.eliteadmission": LOOK_MOST,
    # The rules, and what follows from them: to read, for everybody
    "partners.rulebookedition": {
        **LOOK_ALL,
        MANAGER: Grant(actions=("draft", "edit", "rehearse", "publish", "withdraw")),
    },
    "partners.rulebookrehearsal": {MANAGER: LOOK, AUDITOR: LOOK},
    "partners.rehearsalrow": {MANAGER: LOOK, AUDITOR: LOOK},
    "partners.standing": LOOK_MOST,
    "partners.pointsentry": LOOK_MOST,
    "partners.snapshot": LOOK_MOST,
    "partners.evaluation": LOOK_MOST,
    "partners.tierchange": LOOK_MOST,
    "portal.outlook": LOOK_MOST,
    "partners.auditentry": dict.fromkeys((PDM, MANAGER, AUDITOR), LOOK),
    "partners.export": dict.fromkeys((PDM, MANAGER, AUDITOR), LOOK),
    "partners.savedview": dict.fromkeys((PDM, MANAGER, AUDITOR), LOOK),
    # Clients
    "clients.client": {
        **LOOK_ALL,
        MANAGER: Grant(change=("name", "domain", "segment")),
    },
    "clients.subscription": LOOK_ALL,
    "clients.relationship": LOOK_ALL,
    "clients.usagereading": LOOK_ALL,
    # Deals
    "deals.deal": {
        **LOOK_ALL,
        PDM: Grant(change=("name",), actions=_DEAL_ACTIONS, shared=_SHARED),
        MANAGER: Grant(change=("name",), actions=_DEAL_ACTIONS, shared=_SHARED),
        # They work on the sale and add the proof (R45); who decides is somebody else.
        GROWTH: Grant(actions=("record_proof", "record_introduction"), shared=_SHARED),
    },
    "deals.dealline": LOOK_ALL,
    "deals.dealtransition": LOOK_ALL,
    "deals.motionstep": LOOK_ALL,
    "deals.proof": LOOK_ALL,
    # With the client's name and address, or what both sides say to each other
    "deals.proofrequest": _LOOK_SELLING,
    "deals.dealcomment": _LOOK_SELLING,
    "deals.dealfile": _LOOK_SELLING,
    "deals.dealteammember": _LOOK_SELLING,
    "deals.dealrequest": {
        **_LOOK_SELLING,
        PDM: Grant(actions=("approve", "refuse", "revoke")),
        MANAGER: Grant(actions=("approve", "refuse", "revoke")),
        GROWTH: Grant(actions=("approve", "refuse")),
    },
    # The review of registrations; the appeal is decided by another person
    "deals.registration": {
        **_LOOK_SELLING,
        PDM: Grant(actions=(*_REVIEW, "decide_appeal")),
        MANAGER: Grant(actions=(*_REVIEW, "decide_appeal")),
        GROWTH: Grant(actions=_REVIEW),
    },
    "deals.registrationline": _LOOK_SELLING,
    "deals.registrationstep": _LOOK_SELLING,
    "deals.domaincheck": dict.fromkeys((PDM, MANAGER, AUDITOR), LOOK),
    "deals.domainhold": dict.fromkeys((PDM, MANAGER, AUDITOR), LOOK),
    # Who works where: new deals are assigned by it, and growth specialists see by it
    "deals.specialist": {
        **_LOOK_SELLING,
        MANAGER: Grant(add=_SPECIALIST, change=_SPECIALIST),
    },
    "deals.specialistarea": {
        **_LOOK_SELLING,
        MANAGER: Grant(add=("specialist", *_AREA), change=_AREA, actions=("remove",)),
    },
    "deals.specialistabsence": {
        **_LOOK_SELLING,
        MANAGER: Grant(
            add=("specialist", *_ABSENCE), change=_ABSENCE, actions=("remove",)
        ),
    },
    "deals.assignment": {
        **_LOOK_SELLING,
        PDM: Grant(actions=("reassign",)),
        MANAGER: Grant(actions=("reassign",)),
    },
    "deals.prospectsignal": {
        MANAGER: Grant(add=("external_id", "domain", "happened_at")),
        AUDITOR: LOOK,
    },
    # What partners share of their what-ifs; it rests on the ledgers
    "deals.scenario": LOOK_MOST,
    **MONEY,
}
"""Model → role → what it may do."""


def role_of(user: User | AnonymousUser) -> StaffRole | None:
    """Return the staff role an account acts in, or None if it is not (active) staff.

    A superuser without a role is a programme manager; with one, the role counts. It is
    no way round a read-only ledger.
    """
    if not (isinstance(user, User) and user.is_active and user.is_staff):
        return None
    if user.staff_role:
        return StaffRole(user.staff_role)
    return MANAGER if user.is_superuser else None


def grant(user: User | AnonymousUser, model: type[Model] | Model | str) -> Grant | None:
    """Return what an account may do with a model; None: it does not exist for it."""
    role = role_of(user)
    label = model if isinstance(model, str) else model._meta.label_lower
    return POLICY.get(label, {}).get(role) if role else None


def staff_may(
    user: User | AnonymousUser, action: str, model: type[Model] | Model | str
) -> bool:
    """Say whether an account may view, add, change, or run a named action.

    About the kind of thing only: that the object lies in the portfolio is for the scoped
    queryset to say (`partners.portfolio`).
    """
    given = grant(user, model)
    if given is None:
        return False
    if action == ADD:
        return bool(given.add)
    if action == CHANGE:
        return bool(given.change)
    return action == VIEW or action in given.actions


def staff_may_share(
    user: User | AnonymousUser, act: str, model: type[Model] | Model | str
) -> bool:
    """Say whether an account may act so on the page that is shared with the partner.

    About the kind of thing only, like `staff_may`.
    """
    given = grant(user, model)
    return given is not None and act in given.shared


def may_read(user: User, ledger: type[Model]) -> bool:
    """Say whether an account may read a ledger at all, and so the receipts drawn from it.

    Partners read all of what is theirs; of staff, those for whom the ledger exists.
    """
    return not user.is_staff or staff_may(user, VIEW, ledger)


def editable_fields(
    user: User | AnonymousUser, model: type[Model] | Model | str, *, adding: bool
) -> tuple[str, ...]:
    """Return the fields an account may fill in when adding or changing a row."""
    given = grant(user, model)
    if given is None:
        return ()
    return given.add if adding else given.change
