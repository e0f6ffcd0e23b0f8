"""What belongs to a deal, on its page: lines, and both sides' histories. To read."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy

from deals.admin.scopes import OfDeal
from deals.models import (
    Assignment,
    Deal,
    DealComment,
    DealFile,
    DealLine,
    DealRequest,
    DealTeamMember,
    DealTransition,
    MotionStep,
    Proof,
    ProofRequest,
)
from deals.shared_facts import assignment_reason, motion_evidence
from partners.admin.users import actor_of
from partners.models import PointsEntry
from partners.permissions import may_read
from partners.portfolio import PortfolioInline
from partners.portfolio.display import NOTHING, money, receipt_link
from partners.receipts import addresses
from ui import formats


class DealLineInline(PortfolioInline[DealLine, Deal]):
    """Product lines, what is left of them, and the receipts of their points."""

    model = DealLine
    scope = OfDeal("deal")
    fields = (
        *("product_line", "edition", "mrr", "added_on", "reductions_shown", "points"),
        "credits",
    )
    ordering = ("product_line", "added_on")
    show_change_link = False

    def get_fields(self, request: HttpRequest, obj: Deal | None = None) -> Any:
        """Leave the points out for whom the ledger does not exist."""
        fields = super().get_fields(request, obj)
        if may_read(actor_of(request), PointsEntry):
            return fields
        return [field for field in fields if field != "points"]

    @admin.display(description=gettext_lazy("monthly recurring revenue"))
    def mrr(self, line: DealLine) -> str:
        return money(line.mrr_minor, line.currency)

    @admin.display(description=gettext_lazy("reduced to"))
    def reductions_shown(self, line: DealLine) -> str:
        rows = line.reductions.order_by("on")
        return (
            format_html_join(
                ", ",
                "{} ({})",
                (
                    (money(row.mrr_minor, line.currency), formats.day(row.on))
                    for row in rows
                ),
            )
            or NOTHING
        )

    @admin.display(description=gettext_lazy("points"))
    def points(self, line: DealLine) -> str:
        entries = PointsEntry.objects.filter(
            source_kind=PointsEntry.Source.DEAL_LINE,
            source_id=line.pk,
            partner=line.deal.partner_id,
        ).order_by("seq")
        return (
            format_html_join(", ", "{}", ((_entry_link(entry),) for entry in entries))
            or NOTHING
        )


def _entry_link(entry: PointsEntry) -> str:
    return receipt_link(
        lambda: addresses.entry_url(entry.public_id), formats.points(entry.points)
    )


def stage_label(value: str) -> str:
    return str(Deal.Stage(value).label) if value else NOTHING


class _History(PortfolioInline[Any, Deal]):
    """Rows of a deal, the oldest first; `related` is read in the same query."""

    scope = OfDeal("deal")
    show_change_link = False
    related: ClassVar[tuple[str, ...]] = ("actor",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.select_related(*self.related) if self.related else rows

    @admin.display(description=gettext_lazy("by"))
    def actor_name(self, row: Any) -> str:
        return str(row.actor or NOTHING)


class DealTransitionInline(_History):
    """The steps of the deal's life."""

    model = DealTransition
    fields = ("at", "from_label", "to_label", "on", "note", "actor_name")
    ordering = ("at", "pk")

    @admin.display(description=gettext_lazy("from"))
    def from_label(self, step: DealTransition) -> str:
        return stage_label(step.from_stage)

    @admin.display(description=gettext_lazy("to"))
    def to_label(self, step: DealTransition) -> str:
        return stage_label(step.to_stage)


class MotionStepInline(_History):
    """What was said about the motion, and on what evidence."""

    model = MotionStep
    fields = ("at", "event", "motion", "evidence_shown", "reason", "actor_name")
    ordering = ("at", "pk")

    @admin.display(description=gettext_lazy("evidence"))
    def evidence_shown(self, step: MotionStep) -> str:
        return " ".join(motion_evidence(step)) or NOTHING


class AssignmentInline(_History):
    """Whom the deal has and had, and why; each row leads to where it is given away."""

    model = Assignment
    fields = ("kind", "product_line", "specialist_name", "why", "from_at", "ended_at")
    ordering = ("pk",)
    related = ("specialist", "assigned_by")
    show_change_link = True

    @admin.display(description=gettext_lazy("specialist"))
    def specialist_name(self, assignment: Assignment) -> str:
        return str(assignment.specialist or NOTHING)

    @admin.display(description=gettext_lazy("why"))
    def why(self, assignment: Assignment) -> str:
        return assignment_reason(assignment)


class ProofInline(_History):
    model = Proof
    fields = ("dated_on", "kind", "file_name", "note", "actor_name", "at")
    ordering = ("at", "pk")
    related = ("actor", "file")

    @admin.display(description=gettext_lazy("file"))
    def file_name(self, proof: Proof) -> str:
        return str(proof.file or NOTHING)


class ProofRequestInline(_History):
    """Links sent to the client; the secret of a link is kept nowhere."""

    model = ProofRequest
    fields = (
        *("name", "email", "asked_at", "expires_at", "withdrawn_at", "answer"),
        *("answered_at", "signed_as", "remark"),
    )
    ordering = ("pk",)
    related = ()


class DealRequestInline(_History):
    """What the partner asked of us; each row leads to where it is answered."""

    model = DealRequest
    fields = ("kind", "state", "asked_at", "due_at", "answer")
    ordering = ("pk",)
    related = ()
    show_change_link = True


class DealCommentInline(_History):
    model = DealComment
    fields = ("at", "author_name", "internal", "text")
    ordering = ("at", "pk")
    related = ("author",)

    @admin.display(description=gettext_lazy("by"))
    def author_name(self, comment: DealComment) -> str:
        return str(comment.author)


class DealFileInline(_History):
    """Which files there are; they are opened on the shared page."""

    model = DealFile
    fields = ("name", "size", "internal", "uploader", "uploaded_at", "removed_at")
    ordering = ("pk",)
    related = ("uploaded_by",)

    @admin.display(description=gettext_lazy("uploaded by"))
    def uploader(self, file: DealFile) -> str:
        return str(file.uploaded_by)


class DealTeamInline(_History):
    model = DealTeamMember
    fields = ("member", "added_at", "left_at")
    ordering = ("added_at", "pk")
    related = ("user",)

    @admin.display(description=gettext_lazy("account"))
    def member(self, member: DealTeamMember) -> str:
        return str(member.user)


HISTORIES: tuple[type[PortfolioInline[Model, Deal]], ...] = (
    AssignmentInline,
    MotionStepInline,
    ProofInline,
    ProofRequestInline,
    DealRequestInline,
    DealCommentInline,
    DealFileInline,
    DealTeamInline,
    DealTransitionInline,
)
