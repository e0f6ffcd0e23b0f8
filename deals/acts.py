"""What people do on a shared deal, each act described once.

Who may, what is asked before, the service, and what is said afterwards. The page of the
deal makes its buttons of these (`deals.pages.work`), and the back office those that
staff have in both places.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from deals import services
from deals.forms.sharing import (
    AnswerForm,
    AskProofForm,
    CommentForm,
    ContestForm,
    DealForm,
    DecideMotionForm,
    FieldsForm,
    FileForm,
    LoseForm,
    RecordProofForm,
    RevokeForm,
    TeamForm,
    WithdrawForm,
)
from deals.permissions import has_role, may_add, may_work, works_for_vendor
from deals.services.sharing import requesting
from deals.services.sharing.filing import add_file, read_upload, remove_file
from deals.services.sharing.teams import join_team
from deals.services.sharing.writing import add_comment, change_deal
from outbox import clock
from partners.models import User
from partners.portfolio import ForEach
from program.steps import Actor

Given = Mapping[str, Any]


def _nothing(_row: Any, _user: User) -> Given:
    return {}


def _who_asks(_deal: Any, user: User) -> Given:
    return {"user": user}


def _deal_and_who_asks(deal: Any, user: User) -> Given:
    return {"deal": deal, "user": user}


def _request(request: Any, _user: User) -> Given:
    return {"request": request}


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act on a deal, or on a row of it.

    The service is told the id of the row as `about`, the programme's day as `day` where
    it wants one, what was filled in under the names of the fields unless `gives` says
    otherwise, and `actor` and `at`.
    """

    who: Callable[[User], bool]
    """Who may, of those who see the deal on the shared page."""
    service: Callable[..., object]
    done: Any
    """What is said afterwards."""
    about: str = "deal_id"
    day: str = ""
    form: Callable[..., DealForm] | None = None
    """What is asked before; without one, nothing."""
    told: Callable[[Any, User], Given] = _nothing
    """What the form is told on the shared page, of the row and of who fills it in."""
    gives: Callable[[Given], Given] = dict
    title: Any = ""
    """The heading where the back office asks."""
    door: str = ""
    """The line of `RATE_LIMITS` that limits it; "" where no other side hears of it."""

    def __call__(self, row: Model, given: Given, *, actor: User, at: datetime) -> object:
        """Do it to a row. What the service says no with is the caller's to say."""
        day = {self.day: clock.program_day(at)} if self.day else {}
        return self.service(
            **{self.about: row.pk}, **day, **self.gives(given), actor=actor, at=at
        )

    def for_each(self, **more: Any) -> ForEach:
        """Return the act as the back office asks for it, with `more` of `ForEach`."""
        asked = {"asks": self.form, "title": self.title, "done": self.done}
        return ForEach(**{**asked, **more})


# --- What both sides write ------------------------------------------------------------

COMMENT: Final = Act(
    who=may_add,
    door="comment",
    form=CommentForm,
    told=_who_asks,
    gives=lambda given: {"internal": False, **given},
    service=add_comment,
    done=_("Your comment stands on the deal."),
)
ADD_FILE: Final = Act(
    who=may_add,
    door="upload",
    form=FileForm,
    told=_who_asks,
    gives=lambda given: {
        "upload": read_upload(given["file"], name=given["file"].name),
        "internal": given.get("internal", False),
    },
    service=add_file,
    done=_("The file is on the deal."),
)
REMOVE_FILE: Final = Act(
    who=may_add,
    about="file_id",
    service=remove_file,
    done=_("The file is removed."),
)
CHANGE: Final = Act(
    who=may_work,
    door="deal_change",
    form=FieldsForm,
    told=_deal_and_who_asks,
    gives=lambda given: {"values": given},
    service=change_deal,
    done=_("The deal is saved."),
)
JOIN: Final = Act(
    who=may_work,
    form=TeamForm,
    told=_deal_and_who_asks,
    gives=lambda given: {"user_id": given["user"].pk},
    service=join_team,
    done=_("They follow the deal from now on."),
)

# --- Motion and proof -----------------------------------------------------------------

CONFIRM_MOTION: Final = Act(
    who=has_role,
    service=services.confirm_motion,
    done=_("The motion is confirmed."),
)
CONTEST_MOTION: Final = Act(
    who=has_role,
    form=ContestForm,
    service=services.contest_motion,
    done=_("The vendor was told and decides; the deal cannot be won before."),
)
DECIDE_MOTION: Final = Act(
    who=works_for_vendor,
    title=_("Decide the motion"),
    form=DecideMotionForm,
    service=services.decide_motion,
    done=_("The motion is decided; the partner was told."),
)
ASK_FOR_PROOF: Final = Act(
    who=may_work,
    door="proof_ask",
    form=AskProofForm,
    service=services.ask_for_proof,
    done=_("The link is on its way to the client."),
)
WITHDRAW_PROOF_LINK: Final = Act(
    who=may_work,
    about="request_id",
    service=services.withdraw_proof_request,
    done=_("The link is good no more."),
)
RECORD_PROOF: Final = Act(
    who=works_for_vendor,
    title=_("Record the proof of involvement"),
    form=RecordProofForm,
    told=_deal_and_who_asks,
    service=services.add_proof,
    done=_("The proof is recorded."),
)

# --- The end, and its delay -----------------------------------------------------------

LOSE: Final = Act(
    who=has_role,
    form=LoseForm,
    day="closed_on",
    service=partial(services.lose_deal, by=Actor.PARTNER),
    done=_("The deal is lost. Its history stays."),
)
WITHDRAW: Final = Act(
    who=has_role,
    form=WithdrawForm,
    day="on",
    service=services.withdraw_deal,
    done=_("The deal is withdrawn."),
)
EXTEND: Final = Act(
    who=has_role,
    day="on",
    service=services.extend_deal,
    done=_("The registration is extended."),
)

# --- Requests -------------------------------------------------------------------------

WITHDRAW_REQUEST: Final = Act(
    who=has_role,
    about="request_id",
    service=requesting.withdraw,
    done=_("The request is withdrawn."),
)
ANSWER_REQUEST: Final = Act(
    who=works_for_vendor,
    about="request_id",
    form=AnswerForm,
    told=_request,
    gives=lambda given: {
        "approve": given["outcome"] == AnswerForm.APPROVE,
        "answer": given["answer"],
    },
    day="today",
    service=requesting.decide,
    done=_("The partner was told."),
)
REVOKE_WAIVER: Final = Act(
    who=works_for_vendor,
    about="request_id",
    title=_("Revoke the waivers"),
    form=RevokeForm,
    told=_request,
    service=requesting.revoke,
    done=_("The waiver is revoked; the partner was told."),
)
