"""What is told about a shared deal: comments, files, moves, teams, requests.

Of what both sides hear there are two kinds: one for the people of partners, one for
staff. Whoever did it is not told.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deals.models import Deal, DealComment, DealFile, DealRequest, DealTeamMember
from deals.notifications.telling import tell
from outbox.clock import program_day
from partners.notifications import Facts, Mail, Urgency, Words, notification_kind
from ui import formats

TALK = gettext_lazy("Deals: comments and files")
MOVED = gettext_lazy("Deals: moved by the other side")
TEAM = gettext_lazy("Deals: teams")
REQUESTS = gettext_lazy("Deals: requests")


@notification_kind("deals.comment", label=TALK)
def comment(facts: Facts) -> Words:
    return Words(_("%(who)s commented on %(deal)s") % facts, facts["text"])


@notification_kind("deals.comment_to_staff", label=TALK, staff=True)
def comment_to_staff(facts: Facts) -> Words:
    return comment(facts)


@notification_kind("deals.note_to_staff", label=TALK, staff=True)
def note_to_staff(facts: Facts) -> Words:
    return Words(_("%(who)s wrote an internal note on %(deal)s") % facts, facts["text"])


@notification_kind("deals.file", label=TALK)
def file(facts: Facts) -> Words:
    return Words(_("%(who)s put a file on %(deal)s") % facts, facts["name"])


@notification_kind("deals.file_to_staff", label=TALK, staff=True)
def file_to_staff(facts: Facts) -> Words:
    return file(facts)


@notification_kind("deals.moved", label=MOVED)
def moved(facts: Facts) -> Words:
    steps = {name: Deal.Pipeline(facts[name]).label for name in ("before", "after")}
    return Words(
        _("%(deal)s is at: %(stage)s") % {**facts, "stage": steps["after"]},
        _("%(who)s moved it from “%(before)s” to “%(after)s”.") % {**facts, **steps},
    )


@notification_kind("deals.moved_to_staff", label=MOVED, staff=True)
def moved_to_staff(facts: Facts) -> Words:
    return moved(facts)


@notification_kind("deals.team_joined", label=TEAM)
def team_joined(facts: Facts) -> Words:
    return Words(
        _("You follow %(deal)s now") % facts,
        _("%(who)s put you on its team: you hear of all that happens to it.") % facts,
    )


@notification_kind("deals.team_joined_to_staff", label=TEAM, staff=True)
def team_joined_to_staff(facts: Facts) -> Words:
    return team_joined(facts)


@notification_kind(
    "deals.request_asked",
    label=REQUESTS,
    urgency=Urgency.ACT,
    mail=Mail.AT_ONCE,
    staff=True,
)
def request_asked(facts: Facts) -> Words:
    return Words(
        _("%(partner)s asks for: %(what)s") % {**facts, "what": _what(facts)},
        _("On %(deal)s. Answer on the page of the deal.") % facts,
    )


@notification_kind(
    "deals.request_late",
    label=gettext_lazy("Requests on deals whose answer is late"),
    urgency=Urgency.ACT,
    mail=Mail.AT_ONCE,
    staff=True,
)
def request_late(facts: Facts) -> Words:
    return Words(
        _("The answer to %(partner)s about %(deal)s is late") % facts,
        _("%(what)s: it was due %(due)s. The partner was told.")
        % {"what": _what(facts), "due": _due(facts)},
    )


@notification_kind("deals.request_waits", label=REQUESTS, mail=Mail.AT_ONCE)
def request_waits(facts: Facts) -> Words:
    return Words(
        _("The answer about %(deal)s is late") % facts,
        _("%(what)s: it was due %(due)s. The vendor was told again.")
        % {"what": _what(facts), "due": _due(facts)},
    )


@notification_kind("deals.request_answered", label=REQUESTS, mail=Mail.AT_ONCE)
def request_answered(facts: Facts) -> Words:
    titles = {
        DealRequest.State.APPROVED: _("%(what)s for %(deal)s: approved"),
        DealRequest.State.REFUSED: _("%(what)s for %(deal)s: refused"),
        DealRequest.State.REVOKED: _("%(what)s for %(deal)s: revoked"),
    }
    title = titles[DealRequest.State(facts["state"])]
    return Words(title % {**facts, "what": _what(facts)}, facts["answer"])


def _what(facts: Facts) -> str:
    return str(DealRequest.Kind(facts["what"]).label)


def _due(facts: Facts) -> str:
    return formats.moment(datetime.fromisoformat(facts["due_at"]))


# --- Telling --------------------------------------------------------------------------


def tell_comment(
    deal: Deal,
    said: DealComment,
    *,
    text: str,
    partner: Iterable[int],
    vendor: Iterable[int],
    at: datetime,
) -> None:
    """Tell both sides of a comment that both may read."""
    _tell_both(
        "deals.comment",
        deal,
        key=f"comment:{said.pk}",
        sides=(partner, vendor),
        but=said.author_id,
        at=at,
        who=str(said.author),
        text=text,
    )


def tell_note(
    deal: Deal, said: DealComment, *, text: str, accounts: Iterable[int], at: datetime
) -> None:
    """Tell the vendor's people of an internal note."""
    tell(
        "deals.note_to_staff",
        deal,
        key=f"comment:{said.pk}",
        accounts=accounts,
        at=at,
        but=said.author_id,
        who=str(said.author),
        text=text,
    )


def tell_file(
    deal: Deal,
    kept: DealFile,
    *,
    partner: Iterable[int],
    vendor: Iterable[int],
    at: datetime,
) -> None:
    """Tell both sides of a file that both may open."""
    _tell_both(
        "deals.file",
        deal,
        key=f"file:{kept.pk}",
        sides=(partner, vendor),
        but=kept.uploaded_by_id,
        at=at,
        who=str(kept.uploaded_by),
        name=kept.name,
    )


def tell_moved(
    deal: Deal,
    *,
    key: str,
    before: str,
    who: str,
    partner: Iterable[int],
    vendor: Iterable[int],
    at: datetime,
) -> None:
    """Tell the side that did not move a deal to another stage of the pipeline."""
    _tell_both(
        "deals.moved",
        deal,
        key=key,
        sides=(partner, vendor),
        but=None,
        at=at,
        who=who,
        before=before,
        after=deal.pipeline,
    )


def tell_joined(deal: Deal, member: DealTeamMember, *, who: str, at: datetime) -> None:
    """Tell somebody that they were put on a team."""
    staff = member.user.is_staff
    tell(
        "deals.team_joined_to_staff" if staff else "deals.team_joined",
        deal,
        key=f"team:{member.pk}",
        accounts=[member.user_id],
        at=at,
        who=who,
    )


def tell_asked(request: DealRequest, *, accounts: Iterable[int], at: datetime) -> None:
    """Tell the vendor's people that somebody asks for something."""
    tell(
        "deals.request_asked",
        request.deal,
        key=request_key(request),
        accounts=accounts,
        at=at,
        due_on=program_day(request.due_at),
        partner=request.deal.partner.name,
        what=request.kind,
    )


def request_key(request: DealRequest) -> str:
    """Return the event "somebody has to answer this request"."""
    return f"deal-request:{request.pk}"


def request_late_key(request: DealRequest) -> str:
    """Return the event "the answer to this request is late"."""
    return f"{request_key(request)}:late"


def tell_request_late(
    request: DealRequest, *, vendor: Iterable[int], partner: Iterable[int], at: datetime
) -> None:
    """Tell who may answer that a promise is broken, and the partner that it is known."""
    due_at = request.due_at.isoformat()
    tell(
        "deals.request_late",
        request.deal,
        key=request_late_key(request),
        accounts=vendor,
        at=at,
        due_on=program_day(request.due_at),
        partner=request.deal.partner.name,
        what=request.kind,
        due_at=due_at,
    )
    tell(
        "deals.request_waits",
        request.deal,
        key=f"{request_late_key(request)}:partner",
        accounts=partner,
        at=at,
        what=request.kind,
        due_at=due_at,
    )


def tell_answered(
    request: DealRequest, *, answer: str, accounts: Iterable[int], at: datetime
) -> None:
    """Tell the partner what became of a request, now or later."""
    tell(
        "deals.request_answered",
        request.deal,
        key=f"{request_key(request)}:{request.state}",
        accounts=accounts,
        at=at,
        what=request.kind,
        state=request.state,
        answer=answer,
    )


def _tell_both(
    kind: str,
    deal: Deal,
    *,
    key: str,
    sides: tuple[Iterable[int], Iterable[int]],
    but: int | None,
    at: datetime,
    **facts: str,
) -> None:
    """Tell the accounts of the partner and of the vendor, each in its own kind."""
    for name, accounts in zip((kind, f"{kind}_to_staff"), sides, strict=True):
        tell(name, deal, key=key, accounts=accounts, at=at, due_on=None, but=but, **facts)
