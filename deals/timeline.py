"""The timeline of a deal in words: what happened, who did it, when; the newest first.

Merged from its steps, its activities and its comments. What is internal is left out for
the people of partners before anything is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deals.models import (
    Deal,
    DealActivity,
    DealComment,
    DealRequest,
    DealTransition,
    MotionStep,
    SpecialistKind,
)
from partners.models import User
from program.money import Money
from ui import formats

SHOWN: Final = 200
"""So many of the latest events are shown; the rest is said to be there."""

FIELDS: Final = {
    "name": gettext_lazy("Name"),
    "pipeline": gettext_lazy("Pipeline stage"),
    "expected_close_on": gettext_lazy("Expected close"),
    "next_step": gettext_lazy("Next step"),
    "need": gettext_lazy("What the client needs"),
    "owner": gettext_lazy("Deal owner"),
}
"""The fields people change, as pages call them."""

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line: when, what, a second line if there is more to say, and who."""

    at: datetime
    text: str
    detail: str = ""
    who: str = ""
    internal: bool = False


def latest_comments(deal: Deal, *, user: User) -> list[DealComment]:
    """Return the latest comments on a deal that somebody sees, the newest first.

    One more than a timeline shows, so that it can tell whether there are more.
    """
    comments = DealComment.objects.visible_to(user).filter(deal=deal)
    return list(_latest(comments.select_related("author"), SHOWN + 1))


def timeline_of(
    deal: Deal, *, user: User, comments: Sequence[DealComment]
) -> tuple[list[Event], bool]:
    """Return what somebody may know of a deal's life, and whether there is more of it.

    `comments` are the `latest_comments`. Two queries, whatever the length.
    """
    activities = DealActivity.objects.filter(deal=deal).select_related("actor")
    if not user.is_staff:
        activities = activities.filter(internal=False)
    steps = (
        DealTransition.objects.filter(deal=deal)
        .exclude(from_stage="", to_stage=Deal.Stage.REGISTERED, note=deal.ref)
        .select_related("actor")
    )
    limit = SHOWN + 1
    events = [
        # Of one moment the step comes last in time: it is what the others led to.
        *((each.at, 2, each.pk, _of_step(each)) for each in _latest(steps, limit)),
        *((each.at, 1, each.pk, _of(each)) for each in _latest(activities, limit)),
        *((each.at, 0, each.pk, _of_comment(each)) for each in comments),
    ]
    events.sort(key=lambda each: each[:3], reverse=True)
    return [event for *_order, event in events[:SHOWN]], len(events) > SHOWN


def _latest(rows: Any, limit: int) -> Any:
    return rows.order_by("-at", "-pk")[:limit]


def _of_comment(comment: DealComment) -> Event:
    return Event(
        at=comment.at,
        text=_("Internal note") if comment.internal else _("Comment"),
        detail=Truncator(comment.text).chars(140),
        who=str(comment.author),
        internal=comment.internal,
    )


def _of_step(step: DealTransition) -> Event:
    return Event(
        at=step.at,
        text=step_words(step),
        # What nobody of the portal did came with a transfer of data, or by the clock.
        detail=_("from the vendor’s system") if step.note == "import" else _note(step),
        who=str(step.actor or ""),
    )


def step_words(step: DealTransition) -> str:
    """Return what a step was, and its day: that of the close may be an earlier one.

    A won deal that stays won was ended. A step from no stage is the recording of a
    proof; the registration, which is one too, is an activity and left out.
    """
    if not step.from_stage:
        what = _("Proof of involvement recorded")
    elif step.from_stage == step.to_stage:
        what = _("Subscription ended")
    else:
        what = str(Deal.Stage(step.to_stage).label)
    return _("%(what)s: %(day)s") % {"what": what, "day": formats.day(step.on)}


def _note(step: DealTransition) -> str:
    """Return what somebody said about a step; of a proof the words say it."""
    return step.note if step.from_stage else ""


def _of(activity: DealActivity) -> Event:
    words = WORDS.get(activity.kind)
    text, detail = words(activity.facts) if words else (activity.kind, "")
    return Event(
        at=activity.at,
        text=text,
        detail=detail,
        who=str(activity.actor or ""),
        internal=activity.internal,
    )


# --- The kinds ------------------------------------------------------------------------


def _registered(facts: Facts) -> tuple[str, str]:
    number = {"number": facts.get("number", "")}
    return _("Registered as %(number)s") % number, facts.get("note", "")


def _assigned(facts: Facts) -> tuple[str, str]:
    task = str(SpecialistKind(facts["task"]).label)
    if not facts.get("name"):
        return _("%(task)s: nobody was free") % {"task": task}, ""
    text = _("%(task)s: %(name)s joined") % {"task": task, "name": facts["name"]}
    return text, facts.get("note", "")


def _motion(facts: Facts) -> tuple[str, str]:
    step = {
        "event": MotionStep.Event(facts["event"]).label,
        "motion": Deal.Motion(facts["motion"]).label,
    }
    return _("Motion: %(motion)s. %(event)s") % step, facts.get("reason", "")


def _extended(facts: Facts) -> tuple[str, str]:
    return _("Extended until %(day)s") % {"day": _day(facts["valid_until"])}, ""


def _upgraded(facts: Facts) -> tuple[str, str]:
    money = Money(facts["mrr_minor"], facts["currency"])
    amount = formats.money(money.minor, money.currency)
    return _("Upgraded by %(amount)s a month from %(day)s on") % {
        "amount": amount,
        "day": _day(facts["on"]),
    }, ""


def _proof_asked(facts: Facts) -> tuple[str, str]:
    return _("Proof of involvement asked of %(name)s") % facts, ""


def _proof_withdrawn(_facts: Facts) -> tuple[str, str]:
    return _("Link for the proof withdrawn"), ""


def _proof_denied(facts: Facts) -> tuple[str, str]:
    return _("%(name)s did not confirm the partner’s involvement") % facts, ""


def _changed(facts: Facts) -> tuple[str, str]:
    name = facts["field"]
    label = str(FIELDS.get(name, name))
    text = _("Changed: %(field)s") % {"field": label}
    if "after" not in facts:
        return text, ""
    before, after = (_value(name, facts[key]) for key in ("before", "after"))
    return text, f"{before} → {after}"


def _value(field: str, value: str) -> str:
    if not value:
        return "–"
    if field == "pipeline":
        return str(Deal.Pipeline(value).label)
    return _day(value) if field == "expected_close_on" else value


def _team_joined(facts: Facts) -> tuple[str, str]:
    if facts.get("oneself"):
        return _("%(name)s follows the deal") % facts, ""
    return _("%(name)s was put on the team") % facts, ""


def _team_left(facts: Facts) -> tuple[str, str]:
    if facts.get("oneself"):
        return _("%(name)s follows the deal no longer") % facts, ""
    return _("%(name)s was taken off the team") % facts, ""


def _file_added(facts: Facts) -> tuple[str, str]:
    return _("File added: %(name)s") % facts, ""


def _file_removed(facts: Facts) -> tuple[str, str]:
    return _("File removed: %(name)s") % facts, ""


def _signal(facts: Facts) -> tuple[str, str]:
    return _("The prospect signed up with the vendor"), facts.get("domain", "")


def _request(sentence: Any) -> Callable[[Facts], tuple[str, str]]:
    def words(facts: Facts) -> tuple[str, str]:
        return str(sentence) % {"kind": DealRequest.Kind(facts["kind"]).label}, ""

    return words


def _day(text: str) -> str:
    return formats.day(date.fromisoformat(text))


WORDS: Final[Mapping[str, Callable[[Facts], tuple[str, str]]]] = {
    "registered": _registered,
    "assigned": _assigned,
    "motion": _motion,
    "extended": _extended,
    "upgraded": _upgraded,
    "proof_asked": _proof_asked,
    "proof_withdrawn": _proof_withdrawn,
    "proof_denied": _proof_denied,
    "moved": _changed,
    "changed": _changed,
    "team_joined": _team_joined,
    "team_left": _team_left,
    "file_added": _file_added,
    "file_removed": _file_removed,
    "signed_up": _signal,
    "request_asked": _request(gettext_lazy("Asked for: %(kind)s")),
    "request_withdrawn": _request(gettext_lazy("Request withdrawn: %(kind)s")),
    "request_approved": _request(gettext_lazy("Approved: %(kind)s")),
    "request_refused": _request(gettext_lazy("Refused: %(kind)s")),
    "request_revoked": _request(gettext_lazy("Revoked: %(kind)s")),
}
"""Kind of an activity → its words from its facts; a test compares it with the source."""
