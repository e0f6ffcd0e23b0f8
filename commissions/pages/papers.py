"""/commissions/papers/…: what has to be filed, where each paper stands, what is next."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from commissions.forms.papers import PaperForm
from commissions.models import PayoutDocument, Statement
from commissions.pages.rights import (
    WHOSE,
    NobodysError,
    company_acted_for,
    company_read,
    whose_query,
)
from commissions.permissions import acts, takes_file, takes_numbers
from commissions.selectors.papers import Standing, invoice_due, papers_of
from commissions.services.papers import PaperError, file_paper, restart_paper
from commissions.services.sealing import SealError, open_file
from outbox import clock
from partners.models import Partner, User
from program.money import Money
from program.payout import Paper
from ui.doors import spend
from ui.http import SignedInRequest, render_form
from ui.query import Query
from ui.tones import Tone
from ui.uploads import attachment

State = PayoutDocument.State
TEMPLATE = "commissions/papers.html"
MOST_QUARTERS = 8
"""How many quarters with papers of their own the page shows."""

TONES = {
    State.IN_PROGRESS: Tone.NEUTRAL,
    State.PENDING: Tone.BRAND,
    State.APPROVED: Tone.GOOD,
    State.REJECTED: Tone.BAD,
    State.REPLACED: Tone.NEUTRAL,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """An invoice beside the statement it is for."""

    invoiced: Money
    due: Money

    @property
    def differs(self) -> bool:
        return self.invoiced != self.due


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing to file, as the page shows it; `form` if somebody may file it now."""

    standing: Standing
    label: str
    state: str
    tone: Tone
    advice: str
    shown: PayoutDocument | None
    compared: Compared | None
    form: PaperForm | None
    is_bank: bool

    @property
    def taken_back(self) -> PayoutDocument | None:
        """A paper that was taken back while the one that is shown meets the need."""
        paper = self.standing.under_way
        return None if paper == self.shown else paper

    @property
    def may_restart(self) -> bool:
        paper = self.standing.under_way
        return paper is not None and paper.state in (State.PENDING, State.REJECTED)


@require_GET
def papers(request: SignedInRequest) -> HttpResponse:
    """Show what a company files before it is paid; staff say whose."""
    try:
        partner = company_read(request.user, request.GET)
    except NobodysError:
        return redirect("admin:index")
    Query(request.GET, known={WHOSE} if request.user.is_staff else ())
    return _page(request, partner)


@require_POST
def paper_add(request: SignedInRequest) -> HttpResponse:
    """File a paper; what is wrong with it stands at its form (422)."""
    partner = company_acted_for(request.user)
    spend(request, "upload")
    rows = _rows(partner, on=clock.today(), acting=True)
    form = _bound(request, rows)
    if form is None:
        messages.error(request, _("This paper is not asked of your company."))
        return redirect("commissions:papers")
    if not form.is_valid():
        return _page(request, partner, refused=form)
    try:
        file_paper(
            partner_id=partner.pk,
            paper=Paper(form.cleaned_data["paper"]),
            upload=form.cleaned_data["file"],
            signed_on=form.cleaned_data["signed_on"],
            quarter=form.of_quarter,
            invoice=form.invoice(),
            actor=request.user,
            at=clock.now(),
        )
    except PaperError as error:
        form.add_error(None, str(error))
        return _page(request, partner, refused=form)
    messages.success(request, _("It is filed; finance looks at it."))
    return redirect("commissions:papers")


@require_POST
def paper_restart(request: SignedInRequest, document_id: UUID) -> HttpResponse:
    """Take a paper back, to file it anew."""
    partner = company_acted_for(request.user)
    papers = PayoutDocument.objects.visible_to(request.user).filter(partner=partner)
    document = get_object_or_404(papers, public_id=document_id)
    try:
        restart_paper(document_id=document.pk, actor=request.user, at=clock.now())
    except PaperError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("It is taken back. File it anew when it is ready."))
    if document.kind == PayoutDocument.Kind.BANK_FORM:
        return redirect("commissions:bank")
    return redirect("commissions:papers")


@require_GET
def paper_file(request: SignedInRequest, document_id: UUID) -> HttpResponseBase:
    """Download a paper: as an attachment, never to be shown."""
    Query(request.GET, known=())
    papers = PayoutDocument.objects.visible_to(request.user).exclude(content="")
    document = get_object_or_404(papers, public_id=document_id)
    if not takes_file(_taker(request), document):
        raise Http404
    spend(request, "paper_file")
    try:
        with document.content.open("rb") as file:
            content = open_file(file.read())
    except (FileNotFoundError, SealError) as error:
        raise Http404 from error
    return attachment(
        io.BytesIO(content), name=document.name, media_type=document.media_type
    )


def _taker(request: SignedInRequest) -> User:
    """Return who takes files: whoever looks as a partner no more than as themselves."""
    seen_by: User | None = getattr(request, "seen_by", None)
    return seen_by or request.user


def _page(
    request: SignedInRequest, partner: Partner, *, refused: PaperForm | None = None
) -> HttpResponse:
    user, today = request.user, clock.today()
    acting = acts(user) and getattr(request, "seen_by", None) is None
    rows = _rows(partner, on=today, acting=acting, refused=refused)
    context: dict[str, Any] = {
        "company": partner,
        "rows": rows,
        "missing": sum(not row.standing.is_met(today) for row in rows),
        "acting": acting,
        "takes_numbers": takes_numbers(_taker(request)),
        "history": PayoutDocument.objects.visible_to(user)
        .filter(partner=partner, state=State.REPLACED)
        .exclude(content="")
        .order_by("-decided_at")[:MOST_QUARTERS],
        "whose": whose_query(user, partner),
        "today": today,
    }
    if refused is None:
        return render(request, TEMPLATE, context)
    if not any(row.form is refused for row in rows):
        # It was filed or decided meanwhile, and the form is there no more.
        for errors in refused.errors.values():
            messages.error(request, str(errors[0]))
    return render_form(request, TEMPLATE, context, form=refused)


def _rows(
    partner: Partner, *, on: date, acting: bool, refused: PaperForm | None = None
) -> list[Row]:
    statements = {
        statement.quarter: statement
        for statement in Statement.objects.filter(partner=partner).order_by("-quarter")
    }
    return [
        _row(partner, one, statements, on=on, acting=acting, refused=refused)
        for one in papers_of(
            partner_id=partner.pk,
            country=partner.country,
            on=on,
            quarters=_quarters(partner, statements.values()),
        )
    ]


def _quarters(partner: Partner, statements: Iterable[Statement]) -> list[date]:
    """Return the quarters the page is about, the newest first.

    The newest statement that owes something, and those for which something was filed.
    """
    newest = next((each.quarter for each in statements if invoice_due(each)), None)
    filed = (
        PayoutDocument.objects.filter(partner=partner, quarter__isnull=False)
        .exclude(state=State.REPLACED)
        .order_by("-quarter")
        .values_list("quarter", flat=True)
        .distinct()[:MOST_QUARTERS]
    )
    found = {quarter for quarter in (newest, *filed) if quarter is not None}
    return sorted(found, reverse=True)


def _row(
    partner: Partner,
    standing: Standing,
    statements: dict[date, Statement],
    *,
    on: date,
    acting: bool,
    refused: PaperForm | None,
) -> Row:
    need, quarter = standing.need, standing.quarter
    statement = statements.get(quarter) if quarter else None
    is_bank = Paper.BANK_FORM in need.papers
    waits = standing.under_way is not None and standing.under_way.state == State.PENDING
    currency = statement.currency if statement else partner.payout_currency
    shown = _shown(standing, on)
    compared = _compared(shown, statement)
    # An invoice that was approved is done with, unless it does not say what is owed.
    done = quarter is not None and standing.is_met(on) and shown == standing.approved
    done = done and not (compared and compared.differs)
    form: PaperForm | None = None
    if acting and not is_bank and not waits and not done:
        form = PaperForm(need=need, quarter=quarter, currency=currency)
        if refused is not None and refused.auto_id == form.auto_id:
            form = refused
    state, tone = _state(standing, shown, on)
    return Row(
        standing=standing,
        label=_label(standing),
        state=state,
        tone=tone,
        # Where nothing is there the button says it.
        advice=""
        if acting and shown is None
        else _advice(standing, shown, on, is_bank=is_bank),
        shown=shown,
        compared=compared,
        form=form,
        is_bank=is_bank,
    )


def _label(standing: Standing) -> str:
    labels = [
        str(PayoutDocument.Kind(paper.value).label) for paper in standing.need.papers
    ]
    if len(labels) > 1:
        return _("%(one)s or %(other)s") % {
            "one": ", ".join(labels[:-1]),
            "other": labels[-1],
        }
    return labels[0]


def _shown(standing: Standing, on: date) -> PayoutDocument | None:
    """Return the paper a row is about: the one under way, else the approved one.

    One that was taken back is about nothing as long as another one meets the need.
    """
    paper = standing.under_way
    if paper is not None and paper.state == State.IN_PROGRESS and standing.is_met(on):
        return standing.approved
    return paper or standing.approved


def _state(
    standing: Standing, shown: PayoutDocument | None, on: date
) -> tuple[str, Tone]:
    if shown is None:
        return _("Missing"), Tone.BAD
    if shown == standing.approved and not standing.is_met(on):
        return _("Run out"), Tone.BAD
    state = State(shown.state)
    return str(state.label), TONES[state]


def _advice(
    standing: Standing, shown: PayoutDocument | None, on: date, *, is_bank: bool
) -> str:
    """Return what the company does next; "" for nothing."""
    if shown is None or shown == standing.approved:
        if standing.is_met(on):
            return ""
        return _("Name the account.") if is_bank else _("File it.")
    if shown.state == State.PENDING:
        return _("Finance looks at it. There is nothing to do.")
    if shown.state == State.REJECTED:
        return _("Put it right and file it anew.")
    return _("It was taken back. File it anew.")


def _compared(
    paper: PayoutDocument | None, statement: Statement | None
) -> Compared | None:
    if paper is None or paper.amount_minor is None or statement is None:
        return None
    return Compared(
        invoiced=Money(paper.amount_minor, paper.currency),
        due=Money(invoice_due(statement), statement.currency),
    )


def _bound(request: SignedInRequest, rows: Iterable[Row]) -> PaperForm | None:
    """Return the form that was sent, by its paper and quarter; None for none of them."""
    paper = request.POST.get("paper", "")
    quarter = request.POST.get("quarter", "")
    for row in rows:
        of_quarter = str(row.standing.quarter or "") == quarter
        if (
            row.form
            and of_quarter
            and paper in {each.value for each in row.standing.need.papers}
        ):
            return PaperForm(
                request.POST,
                request.FILES,
                need=row.standing.need,
                quarter=row.standing.quarter,
                currency=row.form.currency,
            )
    return None
