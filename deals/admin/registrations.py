"""The review queue: registrations that wait for our answer, the oldest promise first.

A page shows beside a registration what else is known about its prospect. After a decision
the next one opens; keys do the same as the buttons (js/review-queue.js).
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deals.admin.look_alikes import look_alikes
from deals.admin.previews import (
    appeal_outcome,
    approval_outcome,
    question_outcome,
    refusal_outcome,
)
from deals.admin.promises import time_left
from deals.admin.registration_forms import (
    AppealForm,
    ApprovalForm,
    QuestionForm,
    RefusalForm,
    chosen_client,
)
from deals.admin.registration_queue import (
    OWED,
    WAITING,
    WaitingFilter,
    appeal_of,
    is_appealed,
    is_in_review,
    may_be_refused,
)
from deals.admin.registration_rows import RegistrationLineInline, RegistrationStepInline
from deals.admin.scopes import OfRegistration
from deals.forms.registration_words import conflict_words, field_label
from deals.models import Registration
from deals.services.registrations import reviewing
from deals.services.registrations.steps import RegistrationError
from outbox import clock
from partners.admin.users import actor_of
from partners.portfolio import (
    Deed,
    ForEach,
    QueueAdmin,
    SelectedRelationFilter,
    policy_action,
)
from partners.portfolio.display import NOTHING, page_link
from ui import formats


@admin.register(Registration)
class RegistrationAdmin(QueueAdmin[Registration]):
    """What partners gave is to read; it is answered by actions."""

    scope = OfRegistration()
    queue_of, queue_by = WAITING, OWED
    refusals = (RegistrationError,)
    change_form_template = "admin/deals/registration/change_form.html"
    list_display = (
        *("company", "left", "partner", "doubts", "domain_names", "country", "state"),
        "owed",
    )
    list_filter = (WaitingFilter, ("partner", SelectedRelationFilter))
    list_select_related = ("partner", "appeal")
    search_fields = (
        *("company", "name", "partner__name", "partner__ref", "domains__domain__name"),
    )
    search_help_text = gettext_lazy(
        "A company, a domain, a number, or the name or reference of a partner"
    )
    ordering = (OWED.asc(), "pk")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *("number_shown", "partner_page", "state", "promise", "doubts"),
                    "deal_page",
                )
            },
        ),
        (
            gettext_lazy("The prospect"),
            {
                "fields": (
                    *("company", "domain_names", "country", "segment", "contact"),
                    *("email", "data_is_lawful", "client_page"),
                )
            },
        ),
        (
            gettext_lazy("The deal"),
            {
                "fields": (
                    *("name", "need", "next_step", "intro_note", "expected_close_on"),
                    *("owner_name", "introduced_by_vendor"),
                )
            },
        ),
        (
            gettext_lazy("The answer"),
            {
                "fields": (
                    *("submitted_at", "due_at", "asked_about", "question", "decider"),
                    *("decided_at", "refusal_code", "refusal_text", "refusal_clause"),
                    "appeal_shown",
                )
            },
        ),
    )
    inlines = (RegistrationLineInline, RegistrationStepInline)
    actions = ("approve", "ask_partner", "refuse", "decide_appeal")

    # --- The queue ----------------------------------------------------------------------

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Registration], search_term: str
    ) -> tuple[QuerySet[Registration], bool]:
        if search_term.strip().upper().startswith("REG-"):
            numbered = Registration.objects.numbered(search_term).values("pk")
            return queryset.filter(pk__in=numbered), False
        return super().get_search_results(request, queryset, search_term)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = kwargs.get("obj")
        if obj is not None:
            context["alike"] = look_alikes(obj, user=actor_of(request), at=clock.now())
        return super().render_change_form(request, context, *args, **kwargs)

    # --- What is shown ------------------------------------------------------------------

    @admin.display(description=gettext_lazy("number"))
    def number_shown(self, registration: Registration) -> str:
        return registration.number

    @admin.display(description=gettext_lazy("partner"))
    def partner_page(self, registration: Registration) -> str:
        return page_link(registration.partner)

    @admin.display(description=gettext_lazy("client"))
    def client_page(self, registration: Registration) -> str:
        return page_link(registration.client)

    @admin.display(description=gettext_lazy("deal"))
    def deal_page(self, registration: Registration) -> str:
        return page_link(registration.deal)

    @admin.display(description=gettext_lazy("domains"))
    def domain_names(self, registration: Registration) -> str:
        rows = sorted(registration.domains.all(), key=lambda row: row.pk)
        return ", ".join(row.domain.name for row in rows) or NOTHING

    @admin.display(description=gettext_lazy("why a human looks"))
    def doubts(self, registration: Registration) -> str:
        words = conflict_words(registration)
        return (
            format_html_join("", "<div>{}</div>", ((each,) for each in words)) or NOTHING
        )

    @admin.display(description=gettext_lazy("contact"))
    def contact(self, registration: Registration) -> str:
        return f"{registration.first_name} {registration.last_name}".strip() or NOTHING

    @admin.display(description=gettext_lazy("deal owner"))
    def owner_name(self, registration: Registration) -> str:
        return page_link(registration.owner)

    @admin.display(description=gettext_lazy("answer owed"), ordering="owed_at")
    def owed(self, registration: Registration) -> str:
        owed_at = vars(registration).get("owed_at")
        return formats.moment(owed_at) if owed_at else NOTHING

    @admin.display(description=gettext_lazy("time left"))
    def left(self, registration: Registration) -> str:
        owed_at = vars(registration).get("owed_at")
        if not owed_at or not (is_in_review(registration) or is_appealed(registration)):
            return NOTHING
        return time_left(owed_at)

    @admin.display(description=gettext_lazy("answer owed"))
    def promise(self, registration: Registration) -> str:
        left = self.left(registration)
        return (
            left
            if left == NOTHING
            else format_html("{} ({})", self.owed(registration), left)
        )

    @admin.display(description=gettext_lazy("fields in question"))
    def asked_about(self, registration: Registration) -> str:
        return ", ".join(map(field_label, registration.open_fields)) or NOTHING

    @admin.display(description=gettext_lazy("decided by"))
    def decider(self, registration: Registration) -> str:
        return str(registration.decided_by or NOTHING)

    @admin.display(description=gettext_lazy("appeal"))
    def appeal_shown(self, registration: Registration) -> str:
        appeal = appeal_of(registration)
        if appeal is None:
            return NOTHING
        outcome = appeal.get_outcome_display() or _("not decided yet")
        return format_html(
            "<p>{}, {}</p><p>{}</p><p>{}. {} {}</p>",
            appeal.made_by,
            formats.moment(appeal.made_at),
            appeal.text,
            outcome,
            appeal.answer,
            appeal.decided_by or "",
        )

    # --- Acts ---------------------------------------------------------------------------

    @policy_action("approve", description=gettext_lazy("Approve…"), applies=is_in_review)
    @ForEach(
        ApprovalForm,
        title=gettext_lazy("Approve the registrations"),
        options=lambda deed: {"registrations": list(deed.selected[:2])},
        preview=lambda registration, _deed: approval_outcome(registration),
        done=gettext_lazy("Accepted; both sides share the deal now."),
    )
    def approve(self, registration: Registration, deed: Deed) -> None:
        reviewing.accept_registration(
            registration_id=registration.pk,
            client_id=chosen_client(deed.given),
            note=deed.given["note"],
            actor=deed.actor,
            at=deed.at,
            today=deed.today,
        )

    @policy_action("ask", description=gettext_lazy("Ask…"), applies=is_in_review)
    @ForEach(
        QuestionForm,
        title=gettext_lazy("Ask the partner"),
        preview=lambda registration, _deed: question_outcome(registration),
        done=gettext_lazy("Asked; the partner can change these fields."),
    )
    def ask_partner(self, registration: Registration, deed: Deed) -> None:
        reviewing.ask_for_information(
            registration_id=registration.pk,
            fields=deed.given["fields_asked"],
            question=deed.given["question"],
            actor=deed.actor,
            at=deed.at,
        )

    @policy_action("refuse", description=gettext_lazy("Refuse…"), applies=may_be_refused)
    @ForEach(
        RefusalForm,
        title=gettext_lazy("Refuse the registrations"),
        options=lambda deed: {"today": deed.today},
        preview=lambda registration, _deed: refusal_outcome(registration),
        done=gettext_lazy("Refused; the partner was told why, and may appeal once."),
    )
    def refuse(self, registration: Registration, deed: Deed) -> None:
        reviewing.refuse_registration(
            registration_id=registration.pk,
            code=deed.given["code"],
            text=deed.given["text"],
            clause=deed.given["clause"],
            actor=deed.actor,
            at=deed.at,
            today=deed.today,
        )

    @policy_action(
        "decide_appeal",
        description=gettext_lazy("Decide the appeal…"),
        applies=is_appealed,
    )
    @ForEach(
        AppealForm,
        title=gettext_lazy("Decide the appeals"),
        options=lambda deed: {
            "today": deed.today,
            "registrations": list(deed.selected[:2]),
        },
        preview=appeal_outcome,
        done=gettext_lazy("Decided; the partner was told."),
    )
    def decide_appeal(self, registration: Registration, deed: Deed) -> None:
        reviewing.decide_refusal_appeal(
            registration_id=registration.pk,
            overturn=deed.given["decision"] == reviewing.Outcome.OVERTURNED,
            answer=deed.given["answer"],
            clause=deed.given["clause"],
            client_id=chosen_client(deed.given),
            actor=deed.actor,
            at=deed.at,
            today=deed.today,
        )
