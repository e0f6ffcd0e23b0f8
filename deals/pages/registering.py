"""/deals/register/ and the form of a draft: a short first step, then the rest."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clients.models import Client
from deals.forms.registrations import (
    BaseLines,
    FirstStepForm,
    RegistrationForm,
    WordsForm,
    line_forms,
)
from deals.models import Deal, DomainHold, Registration
from deals.models.lines import worth_of
from deals.models.numbers import is_of_registration
from deals.pages.rights import company_acted_for
from deals.services.benefits import why_nothing_new
from deals.services.registrations.accepting import domains_of
from deals.services.registrations.given import FIELDS, Given, Line
from deals.services.registrations.registering import (
    IncompleteError,
    answer_question,
    begin_registration,
    missing_from,
    save_draft,
    submit,
)
from deals.services.registrations.steps import RegistrationError
from outbox import clock
from partners.models import User
from partners.selectors import published_editions
from ui.doors import spend
from ui.http import HtmxRequest, SignedInRequest, render_form, sent
from ui.query import BadQueryError, Query

ENTRANCES = ("client", "deal", "hold")
ASKED = ("company", "domain", "country")
"""What was typed into the check, to be typed only once."""
Origin = Registration.Origin


@require_http_methods(["GET", "POST"])
def register(request: SignedInRequest) -> HttpResponse:
    """Ask who the prospect is, as far as it is not known, and begin a draft."""
    company = company_acted_for(request.user)
    origin, known = _begun_from(request)
    initial = known.pop("initial")
    form = FirstStepForm(sent(request), initial=initial)
    if form.is_valid():
        spend(request, "register")
        given: Given = known.pop("given", Given())
        first = form.given()
        try:
            draft = begin_registration(
                partner_id=company.pk,
                origin=origin,
                given=Given(
                    values={**given.values, **first.values, **known.pop("named", {})},
                    domains=first.domains,
                    lines=given.lines,
                ),
                client_id=_still(known.get("client"), initial, form),
                actor=request.user,
                at=clock.now(),
            )
        except RegistrationError as error:
            form.add_error(None, str(error))
        else:
            return redirect("deals:registration_edit", registration_id=draft.public_id)
    context = {"why_not": why_nothing_new(company, on=clock.today())}
    return render_form(request, "deals/registration_new.html", context, form=form)


@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, registration_id: UUID) -> HttpResponse:
    """Fill in a draft, or answer what the vendor asked; save it, submit it.

    Sent by htmx while somebody writes, what can be read is kept and nothing else happens.
    """
    company_acted_for(request.user)
    registration = get_object_or_404(
        Registration.objects.visible_to(request.user).select_related("partner"),
        public_id=registration_id,
    )
    page = _Page(request, registration)
    if request.method != "POST":
        return page.show()
    act = request.POST.get("act", "")
    if registration.state == Registration.State.NEEDS_INFO:
        return page.answer()
    if registration.state != Registration.State.DRAFT:
        messages.error(request, _("This is no draft any more."))
        return redirect("deals:registration", registration_id=registration_id)
    if act == "keep":
        return page.keep()
    if act == "submit":
        spend(request, "register")
        return page.submit()
    return page.save(more=act == "more")


class _Page:
    """The form of one registration, and what a click on it does."""

    def __init__(self, request: SignedInRequest, registration: Registration) -> None:
        query = Query(request.GET, known={"more"})
        self.request: HtmxRequest = request
        self.actor = request.user
        self.registration = registration
        self.now = clock.now()
        self.today = clock.program_day(self.now)
        self.edition = published_editions().on(self.today)
        self.is_answer = registration.state == Registration.State.NEEDS_INFO
        open_fields = registration.open_fields if self.is_answer else FIELDS
        self.only = frozenset(open_fields)
        data = sent(request)
        strict = self.is_answer or (data is not None and data.get("act") == "submit")
        self.form = RegistrationForm(
            data, registration=registration, only=self.only, strict=strict
        )
        self.words = WordsForm(data) if self.is_answer else None
        self.lines: BaseLines | None = None
        if "lines" in self.only:
            self.lines = line_forms(
                data,
                registration=registration,
                rulebook=self.edition.rulebook,
                more=query.integer("more", default=0, high=8),
            )

    def show(self, status: int = HTTPStatus.OK) -> HttpResponse:
        if self.registration.state not in (
            Registration.State.DRAFT,
            Registration.State.NEEDS_INFO,
        ):
            return redirect(
                "deals:registration", registration_id=self.registration.public_id
            )
        context = {
            "registration": self.registration,
            "form": self.form,
            "lines": self.lines,
            "is_answer": self.is_answer,
            "words_form": self.words,
            "sla_hours": self.edition.rulebook.deal.review_sla_hours,
            "why_not": ""
            if self.is_answer
            else why_nothing_new(self.registration.partner, on=self.today),
        }
        return render(
            self.request, "deals/registration_edit.html", context, status=status
        )

    def keep(self) -> HttpResponse:
        """Keep what can be read, while somebody writes."""
        self._save()
        context = {"saved_at": self.now, "complete": self._reads()}
        return render(self.request, "deals/registration_edit.html#kept", context)

    def save(self, *, more: bool) -> HttpResponse:
        """Keep the draft; what could not be read is shown with its reason."""
        self._save()
        if not self._reads():
            return self.show(HTTPStatus.UNPROCESSABLE_ENTITY)
        address = reverse("deals:registration_edit", args=[self.registration.public_id])
        if more:
            return redirect(f"{address}?more=3#lines")
        messages.success(self.request, _("The draft is kept."))
        return redirect(address)

    def submit(self) -> HttpResponse:
        """Submit the draft; it is kept whatever comes of it."""
        registration = self._save()
        if not self._reads():
            missing = missing_from(registration, self.edition)
            self._complain(missing)
            return self.show(HTTPStatus.UNPROCESSABLE_ENTITY)
        try:
            done = submit(
                registration_id=registration.pk,
                actor=self.actor,
                at=self.now,
                today=self.today,
            )
        except IncompleteError as error:
            self._complain(error.missing)
            return self.show(HTTPStatus.UNPROCESSABLE_ENTITY)
        except RegistrationError as error:
            # Benefits are suspended, or a second click came first.
            self.form.add_error(None, str(error))
            self.registration.refresh_from_db()
            return self.show(HTTPStatus.UNPROCESSABLE_ENTITY)
        if done.state == Registration.State.ACCEPTED:
            messages.success(self.request, _("Accepted: the deal is shared from now on."))
        else:
            messages.info(
                self.request, _("Submitted: a human answers, and the clock is running.")
            )
        return redirect("deals:registration", registration_id=registration.public_id)

    def answer(self) -> HttpResponse:
        """Send the answer to the vendor's question."""
        if not self._reads():
            return self.show(HTTPStatus.UNPROCESSABLE_ENTITY)
        try:
            answer_question(
                registration_id=self.registration.pk,
                given=self._given(),
                note=self.words.cleaned_data["words"] if self.words else "",
                actor=self.actor,
                at=self.now,
                today=self.today,
            )
        except IncompleteError as error:
            self._complain(error.missing)
            return self.show(HTTPStatus.UNPROCESSABLE_ENTITY)
        except RegistrationError as error:
            messages.error(self.request, str(error))
        else:
            messages.success(self.request, _("Your answer is with the vendor."))
        return redirect("deals:registration", registration_id=self.registration.public_id)

    def _reads(self) -> bool:
        """Say whether everything that was sent could be read."""
        lines = self.lines
        if lines is not None and not lines.is_valid() and self.form.is_valid():
            self.form.add_error(None, _("A product line is wrong: see below."))
        words = self.words is None or self.words.is_valid()
        return self.form.is_valid() and words

    def _given(self) -> Given:
        values, domains = self.form.kept()
        lines: list[Line] | None = None
        if self.lines is not None and self.lines.is_valid():
            lines = self.lines.lines()
        return Given(values=values, domains=domains, lines=lines)

    def _save(self) -> Registration:
        self.form.is_valid()
        try:
            return save_draft(
                registration_id=self.registration.pk, given=self._given(), at=self.now
            )
        except RegistrationError as error:
            # Somebody else of the company submitted it meanwhile.
            raise Http404 from error

    def _complain(self, missing: Any) -> None:
        self.form.complain(missing)
        if "lines" in missing:
            self.form.add_error(
                None, _("Name at least one product that the edition has.")
            )


def _begun_from(request: SignedInRequest) -> tuple[str, dict[str, Any]]:
    """Return where somebody comes from, and what is known from there.

    `initial` fills in the first step, `given` and `named` go on to the draft. 404 for
    what the person does not see.
    """
    query = Query(request.GET, known=(*ENTRANCES, *ASKED))
    params: QueryDict = request.GET
    if client_id := _uuid(params, "client"):
        client = get_object_or_404(
            Client.objects.visible_to(request.user), public_id=client_id
        )
        return Origin.CLIENT, _of_client(client, request.user)
    if deal_id := _uuid(params, "deal"):
        deals = Deal.objects.visible_to(request.user).select_related("client")
        return Origin.COPY, _of_deal(
            get_object_or_404(deals, public_id=deal_id), request.user
        )
    if hold_id := _uuid(params, "hold"):
        holds = DomainHold.objects.visible_to(request.user).select_related("domain")
        held = get_object_or_404(holds, public_id=hold_id)
        return Origin.DASHBOARD, {"initial": {"domains": [held.domain.name]}}
    asked = {name: query.text(name, max_length=300) for name in ASKED}
    domain = asked.pop("domain")
    return Origin.DASHBOARD, {"initial": {**asked, "domains": [domain] if domain else []}}


def _of_client(client: Client, user: User) -> dict[str, Any]:
    """Return what is known of a client: what the vendor has, and what one typed oneself.

    A client that was made of a registration may hold what another company typed.
    """
    mine = Registration.objects.visible_to(user).filter(client=client).order_by("-pk")
    company = client.name if client.name != client.ref else ""
    if not is_of_registration(client):
        domains = [*client.domains.order_by("pk").values_list("name", flat=True)]
    else:
        last = mine.first()
        domains = domains_of(last) if last else []
        company = company or (last.company if last else "")
    return {
        "client": client,
        "initial": {
            "company": company,
            "country": client.country,
            "domains": domains,
        },
        "given": Given(values={"segment": client.segment}),
    }


def _of_deal(deal: Deal, user: User) -> dict[str, Any]:
    """Return what a copy takes over: not the day, and nothing of how the deal went."""
    contact: dict[str, Any] = {}
    known = _of_client(deal.client, user)
    known["initial"]["company"] = deal.client_label
    first = Registration.objects.visible_to(user).filter(deal=deal).first()
    if first is not None:
        names = ("first_name", "last_name", "email", "segment")
        contact = {name: getattr(first, name) for name in names}
        known["initial"]["domains"] = domains_of(first)
    known["given"] = Given(
        values={**known["given"].values, **contact, "need": deal.need},
        lines=[
            Line(**worth_of(line))
            for line in deal.lines.filter(upgrade_of=None).order_by("pk")
        ],
    )
    known["named"] = {"name": _("Copy of %(deal)s") % {"deal": deal.name[:180]}}
    return known


def _still(
    client: Client | None, initial: Mapping[str, Any], form: FirstStepForm
) -> int | None:
    """Return the client somebody came from, unless the form now names another company."""
    if client is None or form.cleaned_data["company"] != initial["company"]:
        return None
    return client.pk


def _uuid(params: QueryDict, name: str) -> UUID | None:
    values = params.getlist(name)
    if not values or values == [""]:
        return None
    try:
        [value] = values
        return UUID(value)
    except ValueError:
        raise BadQueryError(
            _("The parameter “%(name)s” cannot be read.") % {"name": name}
        ) from None
