"""/rulebook/…: an edition in words, two side by side, and what changes for a company."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from outbox import clock
from partners.models import Partner, RulebookEdition, Standing
from partners.receipts.changes import change_for, tables_for
from partners.receipts.editions import compare, edition_text
from partners.selectors import edition_on, parsed
from program.rulebook import Rulebook, RulebookError
from ui.http import SignedInRequest
from ui.query import Query

MAX_CODE = 30


@require_GET
def current(request: SignedInRequest) -> HttpResponse:
    """Show the edition that holds today."""
    Query(request.GET, known=())
    today = clock.today()
    edition = RulebookEdition.objects.get(pk=edition_on(today).id)
    return _edition_page(request, edition, today=today)


@require_GET
def edition(request: SignedInRequest, code: str) -> HttpResponse:
    """Show an edition by its code; a draft only to whom drafts concern."""
    Query(request.GET, known=())
    found = get_object_or_404(RulebookEdition.objects.visible_to(request.user), code=code)
    return _edition_page(request, found, today=clock.today())


def _edition_page(
    request: SignedInRequest, edition: RulebookEdition, *, today: date
) -> HttpResponse:
    rulebook = _rules(edition)
    others = _editions(request)
    context = {
        "edition": edition,
        "text": edition_text(edition.document, rulebook),
        "table": rulebook.table,
        "benefits": len(rulebook.benefits),
        "editions": others,
        "until": _until(edition, others),
        "in_force": edition.pk == edition_on(today).id,
        "today": today,
    }
    return render(request, "rulebook/edition.html", context)


@require_GET
def side_by_side(request: SignedInRequest) -> HttpResponse:
    """Show two editions side by side: what differs, or everything."""
    query = Query(request.GET, known={"a", "b", "all"})
    editions = _editions(request)
    by_code = {one.code: one for one in editions}
    published = [one for one in editions if one.state == one.State.PUBLISHED]
    *_earlier, last_but_one, _last = [published[0], *published]
    codes = [
        query.text("a", max_length=MAX_CODE) or last_but_one.code,
        query.text("b", max_length=MAX_CODE) or published[-1].code,
    ]
    try:
        before, after = (by_code[code] for code in codes)
    except KeyError:
        raise Http404(_("There is no such edition.")) from None
    everything = query.flag("all")
    sections = compare(before.document, after.document, everything=everything)
    context = {
        "before": before,
        "after": after,
        "editions": editions,
        "everything": everything,
        "sections": sections,
        "count": sum(pair.differs for part in sections for pair in part.pairs),
        "today": clock.today(),
    }
    return render(request, "rulebook/compare.html", context)


@require_GET
def what_changes(request: SignedInRequest) -> HttpResponse:
    """Show what the next edition changes for the person's company, from its standing.

    Without a next one, what the last one changed. Staff have no company: they are sent
    to the comparison.
    """
    query = Query(request.GET, known={"to"})
    if request.user.is_staff:
        return redirect("partners:rulebook_compare")
    today = clock.today()
    partner = get_object_or_404(Partner.objects.visible_to(request.user))
    standing = Standing.objects.filter(partner=partner).first() or Standing(as_of=today)
    standing.partner = partner
    editions = list(RulebookEdition.objects.published().order_by("effective_on"))
    before, after = _turn(editions, query.text("to", max_length=MAX_CODE), today=today)
    context: dict[str, Any] = {
        "partner": partner,
        "standing": standing,
        "before": before,
        "after": after,
        "is_next": after.effective_on > today,
        "today": today,
    }
    old, new = _rules(before), _rules(after)
    change = change_for(standing, before=old, after=new)
    context |= {
        "change": change,
        "tables": []
        if change.is_provider
        else tables_for(standing, change=change, before=old, after=new),
        "sections": compare(before.document, after.document, everything=False),
    }
    return render(request, "rulebook/what_changes.html", context)


def _turn(
    editions: list[RulebookEdition], code: str, *, today: date
) -> tuple[RulebookEdition, RulebookEdition]:
    """Return the edition of a code, or the next one, or the last, and the one before."""
    if code:
        places = [at for at, one in enumerate(editions) if one.code == code and at]
    else:
        coming = [at for at, one in enumerate(editions) if one.effective_on > today]
        places = coming[:1] or [len(editions) - 1]
    if not places or not places[0]:
        raise Http404(_("There is no such edition, or none before it."))
    return editions[places[0] - 1], editions[places[0]]


def _editions(request: SignedInRequest) -> list[RulebookEdition]:
    """Return the editions the person sees that can be read, the oldest first."""
    visible = RulebookEdition.objects.visible_to(request.user)
    return list(
        visible.exclude(state=RulebookEdition.State.WITHDRAWN).order_by(
            "effective_on", "pk"
        )
    )


def _until(edition: RulebookEdition, editions: list[RulebookEdition]) -> date | None:
    """Return the first day on which a later published edition holds."""
    days = [
        one.effective_on
        for one in editions
        if one.state == one.State.PUBLISHED and one.effective_on > edition.effective_on
    ]
    return min(days, default=None)


def _rules(edition: RulebookEdition) -> Rulebook:
    try:
        return parsed(edition.sha256, edition.document)
    except RulebookError as error:  # stored past the service: nothing to show
        raise Http404(str(error)) from error
