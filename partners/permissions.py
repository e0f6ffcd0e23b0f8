"""What members of staff may do in the back office: one table, closed by default.

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
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db.models import Model

from partners.models import StaffRole, User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

VIEW: Final = "view"
ADD: Final = "add"
CHANGE: Final = "change"
DELETE: Final = "delete"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a role may do with a model, besides looking at it.

    `add` and `change` name the fields that may be filled in; `actions` the acts, each a
    service that decides by itself whether the object is in a state for it.
    """

    add: tuple[str, ...] = ()
    change: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()


_LOOK: Final = Grant()

_PDM, _MANAGER, _FINANCE, _GROWTH, _AUDITOR = (
    StaffRole.PDM,
    StaffRole.PROGRAMME_MANAGER,
    StaffRole.FINANCE,
    StaffRole.GROWTH_SPECIALIST,
    StaffRole.AUDITOR,
)
_LOOK_ALL: Final[Mapping[StaffRole, Grant]] = dict.fromkeys(
    (_PDM, _MANAGER, _FINANCE, _GROWTH, _AUDITOR), _LOOK
)
_LOOK_MOST: Final[Mapping[StaffRole, Grant]] = dict.fromkeys(
    (_PDM, _MANAGER, _FINANCE, _AUDITOR), _LOOK
)

_DEAL_ACTIONS: Final = (
    *("win", "lose", "record_proof", "record_introduction", "decide_motion"),
    *("correct_motion", "cancel", "downgrade", "upgrade"),
)
_REVIEW: Final = ("approve", "ask", "refuse")
_LOOK_SELLING: Final[Mapping[StaffRole, Grant]] = dict.fromkeys(
    (_PDM, _MANAGER, _GROWTH, _AUDITOR), _LOOK
)
_SPECIALIST: Final = ("kind", "name", "email", "user", "capacity", "active")
_AREA: Final = ("territory", "segment", "product_line")
_ABSENCE: Final = ("from_on", "until_on")

POLICY: Final[Mapping[str, Mapping[StaffRole, Grant]]] = {
    # People and companies
    "partners.user": {
        _MANAGER: Grant(
            add=("email", "full_name", "staff_role", "language", "time_zone"),
            change=("full_name", "language", "time_zone"),
            actions=("change_role", "reset_second_factor", "deactivate", "reactivate"),
        ),
        _AUDITOR: _LOOK,
    },
    "partners.partner": {
        **_LOOK_MOST,
        _PDM: Grant(change=("domain",), actions=("see_as",)),
        _AUDITOR: Grant(actions=("see_as",)),
        _MANAGER: Grant(
            change=(
                *("name", "country", "payout_currency", "domain", "pdm"),
                *("own_edition", "own_monthly_usd_minor", "own_ends_on"),
            ),
            actions=("assign_pdm", "see_as", "make_partner", "make_provider"),
        ),
    },
    "partners.person": {
        **_LOOK_MOST,
        _PDM: Grant(change=("first_name", "last_name"), actions=("leave",)),
        _MANAGER: Grant(
            add=("partner", "email", "first_name", "last_name", "role"),
            change=("first_name", "last_name", "role"),
            actions=("open_account", "leave"),
        ),
    },
    "partners.invitation": _LOOK_MOST,
    "partners.joinrequest": _LOOK_MOST,
    "partners.certification": {
        **_LOOK_MOST,
        _MANAGER: Grant(
            add=("person", "kind", "name", "earned_on", "expires_on"),
            change=("kind", "name", "earned_on", "expires_on"),
        ),
    },
    "partners.accreditation": {
        **_LOOK_MOST,
        _MANAGER: Grant(
            add=("partner", "name", "granted_on", "expires_on"),
            change=("name", "granted_on", "expires_on"),
        ),
    },
    # What staff write down: partners never see it
    "partners.partnernote": {
        **_LOOK_MOST,
        _PDM: Grant(add=("partner", "text")),
        _MANAGER: Grant(add=("partner", "text")),
    },
    "partners.partnertask": {
        **_LOOK_MOST,
        _PDM: Grant(add=("partner", "title", "due_on"), actions=("end",)),
        _MANAGER: Grant(add=("partner", "title", "due_on"), actions=("end",)),
    },
    # Good standing
    "partners.escalation": {
        **_LOOK_MOST,
        **dict.fromkeys(
            (_PDM, _MANAGER),
            Grant(
                add=("partner", "severity", "raised_by", "reported_on", "summary"),
                actions=("settle", "mark", "dismiss"),
            ),
        ),
    },
    "partners.escalationtransition": _LOOK_MOST,
    "partners.conditionfinding": {
        **_LOOK_MOST,
        **dict.fromkeys(
            (_PDM, _MANAGER),
            Grant(add=("partner", "condition", "from_on", "reason"), actions=("close",)),
        ),
    },
    "partners.benefitsuspension": {
        **_LOOK_MOST,
        **dict.fromkeys(
            (_PDM, _MANAGER),
            Grant(add=("partner", "from_on", "reason"), actions=("restore",)),
        ),
    },
    "partners.membershipchange": _LOOK_MOST,
    "partners.factorgap": _LOOK_MOST,
    "partners.ownlapse": _LOOK_MOST,
    "partners.goldnotice": _LOOK_MOST,
    "partners.upgradeheld": _LOOK_MOST,
    # What people decide about tiers: one proposes, another decides
    "partners.tieroverride": {
        **_LOOK_MOST,
        _PDM: Grant(add=("partner", "tier", "from_on", "until_on", "reason")),
        _MANAGER: Grant(
            add=("partner", "tier", "from_on", "until_on", "reason"),
            actions=("approve", "refuse", "withdraw"),
        ),
    },
    "partners.tierappeal": {
        **_LOOK_MOST,
        _PDM: Grant(actions=("propose",)),
        _MANAGER: Grant(actions=("propose", "decide")),
    },
    "partners.elitereview": {
        **_LOOK_MOST,
        _PDM: Grant(add=("partner",), actions=("review", "close")),
        _MANAGER: Grant(
            add=("partner",), actions=("review", "invite", "conclude", "close")
        ),
    },
    "partners.eliteadmission": _LOOK_MOST,
    # The rules, and what follows from them: to read, for everybody
    "partners.rulebookedition": {
        **_LOOK_ALL,
        _MANAGER: Grant(actions=("draft", "edit", "rehearse", "publish", "withdraw")),
    },
    "partners.rulebookrehearsal": {_MANAGER: _LOOK, _AUDITOR: _LOOK},
    "partners.rehearsalrow": {_MANAGER: _LOOK, _AUDITOR: _LOOK},
    "partners.standing": _LOOK_MOST,
    "partners.pointsentry": _LOOK_MOST,
    "partners.snapshot": _LOOK_MOST,
    "partners.evaluation": _LOOK_MOST,
    "partners.tierchange": _LOOK_MOST,
    "portal.outlook": _LOOK_MOST,
    "partners.auditentry": dict.fromkeys((_PDM, _MANAGER, _AUDITOR), _LOOK),
    "partners.export": dict.fromkeys((_PDM, _MANAGER, _AUDITOR), _LOOK),
    "partners.savedview": dict.fromkeys((_PDM, _MANAGER, _AUDITOR), _LOOK),
    # Clients
    "clients.client": {
        **_LOOK_ALL,
        _MANAGER: Grant(change=("name", "domain", "segment")),
    },
    "clients.subscription": _LOOK_ALL,
    "clients.relationship": _LOOK_ALL,
    "clients.usagereading": _LOOK_ALL,
    # Deals
    "deals.deal": {
        **_LOOK_ALL,
        _PDM: Grant(change=("name",), actions=_DEAL_ACTIONS),
        _MANAGER: Grant(change=("name",), actions=_DEAL_ACTIONS),
        # They work on the sale and add the proof (R45); who decides is somebody else.
        _GROWTH: Grant(actions=("record_proof", "record_introduction")),
    },
    "deals.dealline": _LOOK_ALL,
    "deals.dealtransition": _LOOK_ALL,
    "deals.motionstep": _LOOK_ALL,
    "deals.proof": _LOOK_ALL,
    # With the client's name and address, or what both sides say to each other
    "deals.proofrequest": _LOOK_SELLING,
    "deals.dealcomment": _LOOK_SELLING,
    "deals.dealfile": _LOOK_SELLING,
    "deals.dealteammember": _LOOK_SELLING,
    "deals.dealrequest": {
        **_LOOK_SELLING,
        _PDM: Grant(actions=("approve", "refuse", "revoke")),
        _MANAGER: Grant(actions=("approve", "refuse", "revoke")),
        _GROWTH: Grant(actions=("approve", "refuse")),
    },
    # The review of registrations; the appeal is decided by another person
    "deals.registration": {
        **_LOOK_SELLING,
        _PDM: Grant(actions=(*_REVIEW, "decide_appeal")),
        _MANAGER: Grant(actions=(*_REVIEW, "decide_appeal")),
        _GROWTH: Grant(actions=_REVIEW),
    },
    "deals.registrationline": _LOOK_SELLING,
    "deals.registrationstep": _LOOK_SELLING,
    "deals.domaincheck": dict.fromkeys((_PDM, _MANAGER, _AUDITOR), _LOOK),
    "deals.domainhold": dict.fromkeys((_PDM, _MANAGER, _AUDITOR), _LOOK),
    # Who works where: new deals are assigned by it, and growth specialists see by it
    "deals.specialist": {
        **_LOOK_SELLING,
        _MANAGER: Grant(add=_SPECIALIST, change=_SPECIALIST),
    },
    "deals.specialistarea": {
        **_LOOK_SELLING,
        _MANAGER: Grant(add=("specialist", *_AREA), change=_AREA, actions=("remove",)),
    },
    "deals.specialistabsence": {
        **_LOOK_SELLING,
        _MANAGER: Grant(
            add=("specialist", *_ABSENCE), change=_ABSENCE, actions=("remove",)
        ),
    },
    "deals.assignment": {
        **_LOOK_SELLING,
        _PDM: Grant(actions=("reassign",)),
        _MANAGER: Grant(actions=("reassign",)),
    },
    "deals.prospectsignal": {
        _MANAGER: Grant(add=("external_id", "domain", "happened_at")),
        _AUDITOR: _LOOK,
    },
    # What partners share of their what-ifs; it rests on the ledgers
    "deals.scenario": _LOOK_MOST,
    # Money
    "commissions.receipt": _LOOK_MOST,
    "commissions.fxrate": _LOOK_MOST,
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
    return _MANAGER if user.is_superuser else None


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
