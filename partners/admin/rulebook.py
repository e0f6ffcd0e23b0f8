"""Rulebook editions: their numbers as tables, and their way to being published."""

from __future__ import annotations

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outbox import clock
from partners.admin.rehearsals import progress
from partners.admin.rulebook_forms import (
    ApprovalForm,
    DraftForm,
    EditionForm,
    ReasonForm,
)
from partners.admin.users import actor_of
from partners.models import KindChoice, RulebookEdition, TierChoice
from partners.permissions import staff_may
from partners.portfolio import Deed, Everybodys, ForEach, LedgerAdmin, policy_action
from partners.portfolio.display import NOTHING, page_link, table
from partners.services.rulebook import (
    EditionError,
    InvalidDraftError,
    draft_edition,
    publish_edition,
    rehearse_edition,
    save_draft,
    withdraw_draft,
)
from partners.services.rulebook.drafts import OPEN
from program.rulebook import Rulebook, RulebookError, parse_rulebook
from ui import formats
from ui.back_office import LARGEST_ID

State = RulebookEdition.State


def _is_open(edition: RulebookEdition) -> bool:
    return edition.state in OPEN


@admin.register(RulebookEdition)
class RulebookEditionAdmin(LedgerAdmin[RulebookEdition]):
    scope = Everybodys("the rules are the same for all partners")
    refusals = (EditionError,)
    list_display = ("code", "title", "effective_on", "state", "published_at")
    list_filter = ("state",)
    search_fields = ("code", "title")
    ordering = ("-effective_on", "code")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *("code", "title", "effective_on", "state", "published_at"),
                    *("author_name", "approver_name", "sha256", "on_pages"),
                )
            },
        ),
        (gettext_lazy("Rehearsals"), {"fields": ("rehearsals_shown",)}),
        (gettext_lazy("Rules"), {"fields": ("summary", "thresholds")}),
        (
            gettext_lazy("Document"),
            {"fields": ("document_shown",), "classes": ("collapse",)},
        ),
    )

    actions = ("draft", "edit", "rehearse", "publish", "withdraw")

    def get_queryset(self, request: HttpRequest) -> QuerySet[RulebookEdition]:
        """Return the editions; what is only drafted concerns those who publish."""
        visible = RulebookEdition.objects.visible_to(actor_of(request))
        return super().get_queryset(request).filter(pk__in=visible.values("pk"))

    def get_urls(self) -> list[URLPattern]:
        edit = path(
            "<int:edition_id>/edit/",
            self.admin_site.admin_view(self.edit_view),
            name="partners_rulebookedition_edit",
        )
        return [edit, *super().get_urls()]

    def edit_view(self, request: HttpRequest, edition_id: int) -> HttpResponse:
        """Show or store the values of a draft, section by section, errors at each."""
        if not staff_may(request.user, "edit", RulebookEdition):
            raise PermissionDenied
        drafts = self.get_queryset(request).filter(state__in=OPEN)
        edition = get_object_or_404(drafts, pk=min(edition_id, LARGEST_ID))
        form = EditionForm(
            request.POST if request.method == "POST" else None,
            document=edition.document,
            sha256=edition.sha256,
        )
        if request.method == "POST" and form.is_valid():
            stored = self._save(request, edition, form)
            if stored is not None:
                return stored
        context = {
            **self.admin_site.each_context(request),
            "title": _("Edit edition %(code)s") % {"code": edition.code},
            "opts": self.opts,
            "original": edition,
            "form": form,
            "media": self.media + form.media,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(
            request,
            "admin/partners/rulebookedition/edit.html",
            context,
            status=422 if form.errors else 200,
        )

    def _save(
        self, request: HttpRequest, edition: RulebookEdition, form: EditionForm
    ) -> HttpResponse | None:
        """Store the draft and return where to go; None if values are refused."""
        now = clock.now()
        try:
            save_draft(
                edition_id=edition.pk,
                changes=form.changes(),
                seen_sha256=form.cleaned_data["sha256"],
                actor=actor_of(request),
                at=now,
                today=clock.program_day(now),
            )
        except InvalidDraftError as error:
            form.refuse(error.errors)
            return None
        except EditionError as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            words = _("Stored. Rehearse the edition before it is published.")
            self.message_user(request, words, messages.SUCCESS)
        return HttpResponseRedirect(self._page_after([edition]))

    # --- Acts ---------------------------------------------------------------------------

    @policy_action(
        "draft",
        description=gettext_lazy("Draft the next edition…"),
        applies=lambda edition: edition.state == State.PUBLISHED,
    )
    def draft(
        self, request: HttpRequest, queryset: QuerySet[RulebookEdition]
    ) -> HttpResponse:
        form = self.ask(
            request,
            queryset,
            DraftForm,
            name="draft",
            title=_("Draft the next edition: a copy of the newest one"),
        )
        if isinstance(form, HttpResponse):
            return form
        now = clock.now()
        try:
            edition = draft_edition(
                **form.cleaned_data,
                actor=actor_of(request),
                at=now,
                today=clock.program_day(now),
            )
        except InvalidDraftError as error:
            self.message_user(request, " ".join(error.errors.values()), messages.ERROR)
            return HttpResponseRedirect(self._page_after(()))
        self.message_user(request, _("The draft is made."), messages.SUCCESS)
        return redirect("admin:partners_rulebookedition_edit", edition.pk)

    @policy_action("edit", description=gettext_lazy("Edit its values"), applies=_is_open)
    def edit(
        self, request: HttpRequest, queryset: QuerySet[RulebookEdition]
    ) -> HttpResponse:
        chosen = list(queryset[:2])
        if len(chosen) != 1 or not _is_open(chosen[0]):
            words = _("Choose one draft to edit.")
            self.message_user(request, words, messages.ERROR)
            return HttpResponseRedirect(self._page_after(()))
        return redirect("admin:partners_rulebookedition_edit", chosen[0].pk)

    @policy_action("rehearse", description=gettext_lazy("Rehearse"), applies=_is_open)
    @ForEach(done=gettext_lazy("The rehearsal runs; you are told when it is done."))
    def rehearse(self, edition: RulebookEdition, deed: Deed) -> None:
        rehearse_edition(
            edition_id=edition.pk, actor=deed.actor, at=deed.at, today=deed.today
        )

    @policy_action(
        "publish",
        description=gettext_lazy("Publish…"),
        applies=lambda edition: edition.state == State.REHEARSED,
    )
    @ForEach(
        ApprovalForm,
        title=gettext_lazy("Publish this edition for good"),
        done=gettext_lazy("Published; the letters are being written."),
    )
    def publish(self, edition: RulebookEdition, deed: Deed) -> None:
        publish_edition(
            edition_id=edition.pk, actor=deed.actor, at=deed.at, today=deed.today
        )

    @policy_action("withdraw", description=gettext_lazy("Withdraw…"), applies=_is_open)
    @ForEach(
        ReasonForm,
        title=gettext_lazy("Withdraw this draft"),
        done=gettext_lazy("Withdrawn."),
    )
    def withdraw(self, edition: RulebookEdition, deed: Deed) -> None:
        withdraw_draft(
            edition_id=edition.pk,
            reason=deed.given["reason"],
            actor=deed.actor,
            at=deed.at,
        )

    # --- What is shown ------------------------------------------------------------------

    @admin.display(description=gettext_lazy("on the pages"))
    def on_pages(self, edition: RulebookEdition) -> str:
        if edition.state == State.WITHDRAWN:
            return NOTHING
        compare = reverse("partners:rulebook_compare", query={"b": edition.code})
        return format_html(
            '<a href="{}">{}</a> · <a href="{}">{}</a>',
            reverse("partners:rulebook_edition", args=[edition.code]),
            _("in plain words"),
            compare,
            _("side by side"),
        )

    @admin.display(description=gettext_lazy("rehearsals"))
    def rehearsals_shown(self, edition: RulebookEdition) -> str:
        """Show when the edition was rehearsed; each leads to its page."""
        rows = [
            (
                page_link(rehearsal),
                formats.moment(rehearsal.requested_at),
                progress(rehearsal),
                _("yes") if rehearsal.sha256 == edition.sha256 else _("no"),
            )
            for rehearsal in edition.rehearsals.defer("document").order_by("-pk")[:10]
        ]
        if not rows:
            return _("none yet; an edition is published as it was rehearsed")
        head = (_("Rehearsal"), _("Asked for"), _("Progress"), _("As it is now"))
        return table(head, rows)

    @admin.display(description=gettext_lazy("author"))
    def author_name(self, edition: RulebookEdition) -> str:
        return str(edition.author or NOTHING)

    @admin.display(description=gettext_lazy("approver"))
    def approver_name(self, edition: RulebookEdition) -> str:
        return str(edition.approver or NOTHING)

    @admin.display(description=gettext_lazy("in short"))
    def summary(self, edition: RulebookEdition) -> str:
        rulebook = _parsed(edition)
        if isinstance(rulebook, RulebookError):
            return str(rulebook)
        points, calendar = rulebook.points, rulebook.calendar
        lines = [
            (_("Points per unit"), _rates(rulebook), "points.rates"),
            (
                _("Growth markets"),
                _("%(count)d territories, × %(factor)d")
                % {"count": len(rulebook.growth), "factor": points.growth_multiplier},
                "points.growth_multiplier",
            ),
            (
                _("One unit"),
                ", ".join(
                    formats.money(minor, currency)
                    for currency, minor in points.units.items()
                ),
                "points.units",
            ),
            (
                _("Sold points count"),
                _("%(count)d months") % {"count": points.sold_window_months},
                "points.sold_window_months",
            ),
            (
                _("Tiers are checked"),
                _("on day %(day)d; evaluations in months %(months)s")
                % {
                    "day": calendar.snapshot_day,
                    "months": ", ".join(map(str, calendar.evaluation_months)),
                },
                "calendar.evaluation_months",
            ),
        ]
        return table(
            (_("What"), _("Value"), _("Rule")),
            ((what, value, _cited(rulebook, key)) for what, value, key in lines),
        )

    @admin.display(description=gettext_lazy("thresholds"))
    def thresholds(self, edition: RulebookEdition) -> str:
        rulebook = _parsed(edition)
        if isinstance(rulebook, RulebookError):
            return str(rulebook)
        rows = (
            (
                TierChoice(row.tier).label,
                formats.points(row.sold_minimum),
                formats.points(row.managed_minimum),
                formats.points(row.total),
                row.rule,
            )
            for row in rulebook.table.rows
        )
        head = (_("Tier"), _("Sold"), _("Managed"), _("Total"), _("Rule"))
        note = _("Table %(code)s; sold points are %(kinds)s.") % {
            "code": rulebook.table.code,
            "kinds": ", ".join(map(_kind, sorted(rulebook.table.sold_basis))),
        }
        return format_html("{}<p>{}</p>", table(head, rows), note)

    @admin.display(description=gettext_lazy("document"))
    def document_shown(self, edition: RulebookEdition) -> str:
        return format_html("<pre>{}</pre>", edition.document)


def _parsed(edition: RulebookEdition) -> Rulebook | RulebookError:
    try:
        return parse_rulebook(edition.document)
    except RulebookError as error:  # a draft; what is published was parsed before
        return error


def _rates(rulebook: Rulebook) -> str:
    return format_html_join(
        ", ",
        "{} {}",
        ((_kind(kind), rate) for kind, rate in rulebook.points.rates.items()),
    )


def _kind(kind: str) -> str:
    """Return a kind of points within a sentence."""
    return str(KindChoice(kind).label).lower()


def _cited(rulebook: Rulebook, key: str) -> str:
    """Return the rule an entry cites, or those of the entries below it."""
    if key in rulebook.rules:
        return rulebook.rules[key]
    below = {rule for name, rule in rulebook.rules.items() if name.startswith(f"{key}.")}
    return ", ".join(sorted(below))
