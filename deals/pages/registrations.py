"""/deals/registrations/…: what was registered, what became of it, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from deals.forms.registration_words import (
    NEXT_STEPS,
    STATE_TONES,
    STEPS,
    Clock,
    conflict_words,
    field_label,
    promise_clock,
)
from deals.forms.registrations import AppealForm, RegistrationFilterForm
from deals.models import Registration, RegistrationAppeal, RegistrationLine
from deals.pages.receipts import CLAUSE, decision_receipt
from deals.pages.rights import company_acted_for
from deals.permissions import has_role
from deals.services.registrations.registering import withdraw_registration
from deals.services.registrations.reviewing import appeal_refusal
from deals.services.registrations.steps import RegistrationError
from outbox import clock
from partners.permissions import VIEW, staff_may
from partners.selectors import published_editions
from program.deal_life import REGISTRATION_STEPS, RegistrationEvent
from program.domains import readable
from program.money import Money
from program.rulebook import Product
from program.steps import Actor, events_for
from ui.columns import (
    MISSING,
    ChoiceColumn,
    MomentColumn,
    PortalColumn,
    TextColumn,
    badge,
)
from ui.http import SignedInRequest, render_form, wants_fragment
from ui.query import Query
from ui.tables import Act, PortalTable
from ui.tones import Tone

State = Registration.State


class ClockColumn(PortalColumn):
    """How much time is left of the promise, while something is in review."""

    css = "nowrap"
    now: datetime

    def cell(self, record: Registration) -> str:
        if record.state != State.SUBMITTED or record.due_at is None:
            return MISSING
        clock_now = promise_clock(record.due_at, self.now)
        return badge(clock_now.words, Tone.BAD if clock_now.is_late else Tone.BRAND)


class NumberedColumn(TextColumn):
    """A number that is read out on the telephone: in one line."""

    css = "nowrap"


def registration_url(registration: Registration) -> str:
    """Return where a registration is read, or a draft filled in."""
    name = "registration_edit" if registration.state == State.DRAFT else "registration"
    return reverse(f"deals:{name}", args=[registration.public_id])


class RegistrationTable(PortalTable):
    """Registrations, the newest first."""

    caption = gettext_lazy("Registrations")
    empty_title = gettext_lazy("No registrations yet.")
    empty_hint = gettext_lazy(
        "Register a deal before the client buys: complete and without a conflict it is "
        "accepted at once."
    )
    empty_act: ClassVar[Act | None] = Act(
        gettext_lazy("Register a deal"), "deals:register"
    )

    name = TextColumn(
        gettext_lazy("Deal"), value=str, order_by=("name",), url=registration_url
    )
    number = NumberedColumn(gettext_lazy("Number"), value=lambda each: each.number)
    state = ChoiceColumn(gettext_lazy("State"), choices=State, tones=STATE_TONES)
    due = ClockColumn(gettext_lazy("Answer due"), accessor="due_at", order_by=("due_at",))
    submitted_at = MomentColumn(gettext_lazy("Submitted"))
    saved_at = MomentColumn(gettext_lazy("Saved"))

    class Meta(PortalTable.Meta):
        order_by = ("-saved_at",)

    def __init__(self, data: Any, *, now: datetime, **options: Any) -> None:
        super().__init__(data, **options)
        self.columns["due"].column.now = now


class ReadRegistrationTable(RegistrationTable):
    """The same for who reads: nobody is asked to do what they may not."""

    empty_act: ClassVar[Act | None] = None

    class Meta(RegistrationTable.Meta):
        pass


@require_GET
@vary_on_headers("HX-Target")
def registration_list(request: SignedInRequest) -> HttpResponse:
    """List the registrations of the company; staff review them in the back office."""
    if request.user.is_staff:
        reviews = staff_may(request.user, VIEW, Registration)
        return redirect(
            "admin:deals_registration_changelist" if reviews else "admin:index"
        )
    now = clock.now()
    filter_form = RegistrationFilterForm(request.GET)
    rows = filter_form.narrow(Registration.objects.visible_to(request.user))
    acting = has_role(request.user)
    kind = RegistrationTable if acting else ReadRegistrationTable
    table = kind(rows, now=now, filtered=filter_form.is_active)
    table.configure(request, known=filter_form.names)
    fragment = wants_fragment(request, "registration-table")
    template = "deals/registration_list.html"
    return render(
        request,
        f"{template}#registration-table" if fragment else template,
        {
            "filter_form": filter_form,
            "table": table,
            "acting": acting,
            "now": now,
            "fragment": fragment,
        },
    )


@require_GET
def registration(request: SignedInRequest, registration_id: UUID) -> HttpResponse:
    """Show a registration: where it stands, why, and what can be done now."""
    Query(request.GET, known=())
    found = _found(request, registration_id)
    return render(request, "deals/registration.html", _context(request, found))


@require_POST
def appeal(request: SignedInRequest, registration_id: UUID) -> HttpResponse:
    """Appeal against a refusal; 422 with the page for an appeal that cannot be made."""
    company_acted_for(request.user)
    found = _found(request, registration_id)
    form = AppealForm(request.POST)
    if form.is_valid():
        now = clock.now()
        try:
            appeal_refusal(
                registration_id=found.pk,
                text=form.cleaned_data["text"],
                actor=request.user,
                at=now,
                today=clock.program_day(now),
            )
        except RegistrationError as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request, _("Your appeal was made: somebody else than before decides.")
            )
            return redirect("deals:registration", registration_id=registration_id)
    context = _context(request, found) | {"appeal_form": form}
    return render_form(request, "deals/registration.html", context, form=form)


@require_POST
def withdraw(request: SignedInRequest, registration_id: UUID) -> HttpResponse:
    """Take a registration back, or discard a draft."""
    company_acted_for(request.user)
    found = _found(request, registration_id)
    was_draft = found.state == State.DRAFT
    try:
        withdraw_registration(
            registration_id=found.pk, note="", actor=request.user, at=clock.now()
        )
    except RegistrationError as error:
        messages.error(request, str(error))
        return redirect("deals:registration", registration_id=registration_id)
    messages.success(
        request,
        _("The draft was discarded.")
        if was_draft
        else _("The registration is withdrawn."),
    )
    return redirect("deals:registrations")


@require_GET
def receipt(request: SignedInRequest, registration_id: UUID) -> HttpResponse:
    """Show what was asked, by which rule it was answered, and until when it holds."""
    Query(request.GET, known=())
    found = _found(request, registration_id)
    on = clock.program_day(found.decided_at or found.submitted_at or found.created_at)
    context = {
        **_facts(found),
        **decision_receipt(
            request,
            found.partner,
            page=found.number,
            on=on,
            clause=found.refusal_clause or CLAUSE,
        ),
        "on": on,
    }
    return render(request, "deals/registration_receipt.html", context)


def _found(request: SignedInRequest, registration_id: UUID) -> Registration:
    rows = Registration.objects.visible_to(request.user).select_related(
        *("partner__pdm", "deal", "owner", "decided_by", "created_by", "appeal"),
        *("appeal__decided_by", "appeal__made_by"),
    )
    return get_object_or_404(rows, public_id=registration_id)


def _facts(found: Registration) -> dict[str, Any]:
    """Return what page and receipt show of a registration."""
    answered = found.state in (State.ACCEPTED, State.REFUSED)
    by_rule = answered and found.decided_by is None
    names = found.domains.order_by("pk").values_list("domain__name", flat=True)
    products = published_editions().on(clock.today()).rulebook.products
    return {
        "registration": found,
        "tone": STATE_TONES[found.state],
        "domains": [readable(name) for name in names],
        "conflicts": conflict_words(found),
        "by_rule": by_rule,
        "appeal": _appeal(found),
        "lines": [
            (line, _product(line, products), Money(line.mrr_minor, line.currency))
            for line in found.lines.order_by("pk")
        ],
    }


def _product(line: RegistrationLine, products: Mapping[str, Product]) -> str:
    product = products.get(line.product_line)
    return product.name if product else line.product_line


def _context(request: SignedInRequest, found: Registration) -> dict[str, Any]:
    now = clock.now()
    acting = has_role(request.user)
    can = events_for(REGISTRATION_STEPS, found.state, by=Actor.PARTNER) if acting else ()
    appealed = _appeal(found)
    waits = found.state == State.SUBMITTED or bool(appealed and not appealed.outcome)
    return {
        **_facts(found),
        "clock": _clock(found, appealed, now) if waits else None,
        "may_edit": RegistrationEvent.SUBMIT in can,
        "may_answer": RegistrationEvent.ANSWER in can,
        "may_withdraw": RegistrationEvent.WITHDRAW in can,
        "may_appeal": acting and found.state == State.REFUSED and appealed is None,
        "appeal_form": AppealForm(),
        "next_step": NEXT_STEPS.get(found.refusal_code, ""),
        "asked_about": [field_label(name) for name in found.open_fields],
        "steps": [
            (step, STEPS[step.event])
            for step in found.steps.select_related("actor").order_by("at", "pk")
        ],
        "now": now,
    }


def _clock(
    found: Registration, appealed: RegistrationAppeal | None, now: datetime
) -> Clock | None:
    """Return the promise that runs: of the review, or of the appeal."""
    due_at = appealed.due_at if appealed and not appealed.outcome else found.due_at
    return promise_clock(due_at, now) if due_at else None


def _appeal(found: Registration) -> RegistrationAppeal | None:
    # A registration without an appeal has none to ask for.
    return getattr(found, "appeal", None)
