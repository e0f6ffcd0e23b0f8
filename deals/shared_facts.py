"""What the page of a shared deal says besides its figures.

Who owns each field and whether it syncs, why each specialist was assigned, what the
motion rests on, until when a proof counts, and what is to be done next.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from clients.models import Client
from deals.models import Assignment, Deal, MotionStep
from deals.services.sharing.requesting import Condition
from program.assignments import Passed
from program.points import proof_is_valid
from program.rulebook import Rulebook
from ui import formats


class FieldFact(NamedTuple):
    """Whose a field is, and what becomes of a change."""

    owner: Promise
    sync: Promise


_BOTH = gettext_lazy("both sides")
_PARTNER = gettext_lazy("the partner")
_VENDOR = gettext_lazy("the vendor")
_SHARED = gettext_lazy("synced")

FIELD_FACTS: Final[Mapping[str, FieldFact]] = {
    "name": FieldFact(
        _PARTNER,
        gettext_lazy("sent once, at the registration; later changes do not sync"),
    ),
    "pipeline": FieldFact(
        _BOTH, gettext_lazy("stays in the portal; the vendor’s own pipeline is not moved")
    ),
    "expected_close_on": FieldFact(_BOTH, _SHARED),
    "next_step": FieldFact(_BOTH, _SHARED),
    "need": FieldFact(_BOTH, _SHARED),
    "owner": FieldFact(_PARTNER, _SHARED),
    "motion": FieldFact(
        _VENDOR,
        gettext_lazy(
            "proposed by the rule, contested by the partner, locked at the close"
        ),
    ),
    "stage": FieldFact(
        _VENDOR,
        gettext_lazy(
            "the vendor wins a deal; both sides may lose it, the partner withdraws"
        ),
    ),
    "lines": FieldFact(
        _BOTH,
        gettext_lazy(
            "agreed at the registration; afterwards as the vendor’s system sends them"
        ),
    ),
    "proof": FieldFact(
        _VENDOR, gettext_lazy("given by the client, or recorded by the vendor")
    ),
}
"""Field → whose it is and whether it syncs (3.10)."""

# --- Why a specialist -----------------------------------------------------------------

_REASONS: Final[Mapping[str, Promise]] = {
    "shared": gettext_lazy("Every shared deal gets one (%(rule)s)."),
    "edition": gettext_lazy("The edition of this product brings one (%(rule)s)."),
    "credits": gettext_lazy("The number of credits brings one (%(rule)s)."),
    "minimum": gettext_lazy("The lines reach the size from which one comes (%(rule)s)."),
    "requested": gettext_lazy("The partner asked for one (%(rule)s)."),
}


def assignment_reason(assignment: Assignment) -> str:
    """Return why a deal has this task, why this specialist, and who was passed over."""
    facts: dict[str, Any] = assignment.facts
    reason = _REASONS.get(facts.get("reason", ""))
    parts = [str(reason) % {"rule": facts.get("rule", "")}] if reason else []
    if facts.get("by_hand"):
        parts.append(_("Assigned by hand."))
    elif assignment.specialist_id is None:
        parts.append(_("Nobody was free; a human assigns somebody."))
    else:
        parts.append(_("Responsible for: %(area)s.") % {"area": _area(facts)})
    if passed := _passed(facts):
        parts.append(_("Passed over: %(others)s.") % {"others": passed})
    if assignment.note:
        parts.append(assignment.note)
    return " ".join(parts)


def _area(facts: Mapping[str, Any]) -> str:
    area: Mapping[str, str] = facts.get("area") or {}
    segments = dict(Client.Segment.choices)
    parts = [
        formats.territory(area["territory"]) if area.get("territory") else "",
        str(segments.get(area.get("segment", ""), "")),
        area.get("product_line", ""),
    ]
    return ", ".join(filter(None, parts)) or _("everywhere")


def _passed(facts: Mapping[str, Any]) -> str:
    counts: Mapping[str, int] = facts.get("passed") or {}
    words = []
    if count := counts.get(Passed.ELSEWHERE, 0):
        words.append(
            ngettext(
                "%(count)s is responsible for something else",
                "%(count)s are responsible for something else",
                count,
            )
            % {"count": count}
        )
    if count := counts.get(Passed.ABSENT, 0):
        words.append(
            ngettext("%(count)s is absent", "%(count)s are absent", count)
            % {"count": count}
        )
    if count := counts.get(Passed.FULL, 0):
        words.append(
            ngettext("%(count)s has no place left", "%(count)s have no place left", count)
            % {"count": count}
        )
    return formats.listing(words) if words else ""


# --- The motion -----------------------------------------------------------------------

_BECAUSE: Final[Mapping[str, Promise]] = {
    "partner_says_introduced": gettext_lazy(
        "The partner said at the registration that the vendor introduced it."
    ),
    "introduction_recorded": gettext_lazy("The vendor recorded an introduction."),
    "vendor_first_no_introduction": gettext_lazy(
        "The vendor worked on the client first, and no introduction is recorded."
    ),
    "registered_first": gettext_lazy(
        "The partner registered the deal, and nobody recorded an introduction."
    ),
}


def motion_evidence(step: MotionStep) -> list[str]:
    """Return what a step of the motion rests on, in sentences."""
    facts: dict[str, Any] = step.evidence
    found = []
    if because := _BECAUSE.get(facts.get("because", "")):
        found.append(str(because))
    for name, sentence in (
        ("registered_on", _("Registered: %(day)s.")),
        ("introduced_on", _("Introduction recorded: %(day)s.")),
        ("vendor_works_since", _("The vendor’s sale is open since %(day)s.")),
    ):
        if day := facts.get(name):
            found.append(sentence % {"day": formats.day(date.fromisoformat(day))})
    return found


# --- The proof ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofState:
    """Where a deal stands with its proof; `until` is the last day that counts."""

    text: str
    tone: str
    counts: bool
    until: date | None = None
    too_late: bool = False


def proof_state(deal: Deal, *, on: date, rulebook: Rulebook) -> ProofState:
    """Say whether the proof of a deal counts, or until when one would.

    For an open deal as if it were closed on that day; `rulebook` is that of the close.
    """
    rules = rulebook.proof
    if not rules.required:
        return ProofState(text=_("No proof is needed."), tone="good", counts=True)
    closed_on = deal.closed_on or on
    if proof_is_valid(closed_on=closed_on, poi_on=deal.poi_on, rulebook=rulebook):
        assert deal.poi_on
        if deal.closed_on is None:
            until = deal.poi_on + timedelta(days=rules.max_age_days)
            text = _("Dated %(day)s. It counts for a close up to %(until)s.")
            values = {"day": formats.day(deal.poi_on), "until": formats.day(until)}
            return ProofState(text=text % values, tone="good", counts=True, until=until)
        text = _("Dated %(day)s: in time.") % {"day": formats.day(deal.poi_on)}
        return ProofState(text=text, tone="good", counts=True)
    if deal.closed_on is None:
        return ProofState(text=_open_words(deal, rulebook), tone="warn", counts=False)
    until = deal.closed_on + timedelta(days=rules.grace_days)
    if on <= until:
        text = _(
            "The deal is won and earns no points and no commission: it has no proof in "
            "time. One dated by %(until)s still counts."
        )
        return ProofState(
            text=text % {"until": formats.day(until)},
            tone="bad",
            counts=False,
            until=until,
        )
    text = _(
        "The deal earns no points and no commission: no proof was dated by %(until)s."
    )
    return ProofState(
        text=text % {"until": formats.day(until)},
        tone="bad",
        counts=False,
        until=until,
        too_late=True,
    )


def _open_words(deal: Deal, rulebook: Rulebook) -> str:
    rules = rulebook.proof
    values = {"age": rules.max_age_days, "grace": rules.grace_days}
    if deal.poi_on is not None:
        return _(
            "The proof is too old by now: it must not be dated more than %(age)s days "
            "before the close."
        ) % {**values}
    return (
        _(
            "Without a proof the deal earns no points and no commission. It must be "
            "dated within %(age)s days before the close, or %(grace)s days after it."
        )
        % values
    )


# --- What next ------------------------------------------------------------------------


class Next(NamedTuple):
    """The one thing to do now: its words, and the part of the page it is done in."""

    label: str
    anchor: str


def next_act(
    deal: Deal, *, proof: ProofState, asked: bool, extendable: bool, soon: bool
) -> Next | None:
    """Return what the partner does next on a deal; None if there is nothing.

    `asked`: a link for the proof is open. `extendable` and `soon`: its validity may be
    extended, and ends within the days of the reminders.
    """
    if deal.stage == Deal.Stage.REGISTERED:
        # What has a day comes before what only has to be done before the close.
        if soon and extendable:
            return Next(_("Extend the registration"), "validity")
        if deal.motion_state == Deal.MotionState.PROPOSED:
            return Next(_("Confirm the motion"), "motion")
        if not proof.counts and not asked:
            return Next(_("Ask the client for the proof"), "proof")
        return Next(_("Move the deal on"), "work")
    if deal.stage == Deal.Stage.WON and not proof.counts and not proof.too_late:
        return Next(_("Ask the client for the proof"), "proof")
    return None


CONDITIONS: Final[Mapping[Condition, Promise]] = {
    Condition.MEMBERSHIP: gettext_lazy("The company is a partner, not a provider."),
    Condition.ONBOARDED: gettext_lazy(
        "Its own onboarding is completed: somebody who works there holds a valid "
        "Solutions Partner certification."
    ),
    Condition.CONSENT: gettext_lazy("The client agrees."),
    Condition.PLAN: gettext_lazy(
        "A plan of the service that replaces the onboarding: what, how many hours, from "
        "when until when."
    ),
}
"""What an onboarding waiver takes, in words."""
