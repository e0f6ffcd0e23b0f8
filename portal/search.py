"""/search/: one field for everything a person may see.

Partners find their own deals, registrations, clients and entries, staff partners, people,
deals, registrations, clients and entries, each as a page of the back office; both the
rulebook, benefits and pages.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db.models import Case, IntegerField, Model, Q, QuerySet, Value, When
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from benefits.selectors import GROUPS
from clients.models import Client
from deals.models import Deal, Registration
from deals.pages.registrations import registration_url
from deals.tables import deal_url
from outbox import clock
from partners.models import Partner, Person, PointsEntry, RulebookEdition, User
from partners.permissions import VIEW, may_read, staff_may
from partners.receipts.addresses import entry_url
from partners.receipts.editions import edition_text
from partners.selectors import parsed
from portal.navigation import links_for
from ui.doors import limited
from ui.http import SignedInRequest
from ui.query import Query

SHORTEST: Final = 2
LONGEST: Final = 100
SHOWN: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    title: str
    detail: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What was found of one kind; `all_url` leads to the rest, "" if there is none."""

    title: str
    hits: Sequence[Hit]
    all_url: str = ""


@require_GET
@limited("search")
def search(request: SignedInRequest) -> HttpResponse:
    """Show what the words in the address lead to, kind by kind."""
    text = Query(request.GET, known={"q"}).text("q", max_length=LONGEST)
    short = len(text) < SHORTEST
    now = clock.now()
    find = _staff_groups if request.user.is_staff else _partner_groups
    found = () if short else find(request, text, clock.program_day(now))
    groups = [group for group in found if group.hits]
    context = {
        "text": text,
        "short": short,
        "shortest": SHORTEST,
        "longest": LONGEST,
        "groups": groups,
        "now": now,
    }
    return render(request, "portal/search.html", context)


def _partner_groups(request: SignedInRequest, text: str, today: date) -> Iterator[Group]:
    user = request.user
    more = urlencode({"q": text})
    yield _group(
        _("Deals"),
        _best(
            Deal.objects.visible_to(user).matching(text), text, ("name", "ref")
        ).select_related("client"),
        lambda deal: Hit(
            title=deal.name,
            detail=f"{deal.ref} · {deal.client_label}",
            url=deal_url(deal),
        ),
        all_url=f"{reverse('deals:list')}?{more}",
    )
    registrations_url = reverse("deals:registrations")
    yield _group(
        _("Registrations"),
        _registrations(user, text).order_by("-saved_at", "-pk"),
        lambda row: Hit(
            title=str(row),
            detail=f"{row.number} · {row.get_state_display()}",
            url=registration_url(row),
        ),
        all_url=f"{registrations_url}?{more}",
    )
    clients_url = reverse("clients:list")
    yield _group(
        _("Clients"),
        _best(Client.objects.visible_to(user).matching(text), text, ("name", "ref")),
        lambda client: Hit(
            title=client.name,
            detail=client.ref,
            url=f"{clients_url}?{urlencode({'q': client.ref})}",
        ),
        all_url=f"{clients_url}?{more}",
    )
    yield _group(
        _("Points entries"),
        _entries(user, text),
        lambda entry: Hit(
            title=entry.source_ref,
            detail=entry.get_reason_display(),
            url=entry_url(entry.public_id),
        ),
        all_url=f"{reverse('partners:points')}?{more}",
    )
    yield from _rules(text, today)
    yield _pages(request, text)


def _staff_groups(request: SignedInRequest, text: str, today: date) -> Iterator[Group]:
    user = request.user
    names = ("first_name", "last_name", "email")
    people = Person.objects.visible_to(user).filter(_containing(text, names))
    kinds: tuple[tuple[str, type[Model], QuerySet[Any], tuple[str, ...]], ...] = (
        (
            _("Partners"),
            Partner,
            Partner.objects.visible_to(user).filter(
                _containing(text, ("name", "ref", "domain"))
            ),
            ("name", "ref"),
        ),
        (_("People"), Person, people.select_related("partner"), names),
        (
            _("Deals"),
            Deal,
            Deal.objects.visible_to(user).matching(text).select_related("partner"),
            ("name", "ref"),
        ),
        (
            _("Registrations"),
            Registration,
            _registrations(user, text).select_related("partner"),
            ("company", "name"),
        ),
        (
            _("Clients"),
            Client,
            Client.objects.visible_to(user).matching(text),
            ("name", "ref"),
        ),
    )
    for title, model, rows, fields in kinds:
        if staff_may(user, VIEW, model):
            yield _group(
                title, _best(rows, text, fields), _admin_hit, all_url=_list(model, text)
            )
    if may_read(user, PointsEntry):
        yield _group(
            _("Points entries"),
            _entries(user, text),
            _admin_hit,
            all_url=_list(PointsEntry, text),
        )
    yield from _rules(text, today)
    yield _pages(request, text)


def _group(title: str, rows: QuerySet[Any], hit: Any, *, all_url: str) -> Group:
    found = [hit(row) for row in rows[: SHOWN + 1]]
    more = len(found) > SHOWN
    return Group(title=title, hits=found[:SHOWN], all_url=all_url if more else "")


def _best(rows: QuerySet[Any], text: str, fields: tuple[str, ...]) -> QuerySet[Any]:
    """Order rows: what begins with the text, then what has a word that does, the rest."""
    begins, word = Q(), Q()
    for field in fields:
        begins |= Q(**{f"{field}__istartswith": text})
        word |= Q(**{f"{field}__icontains": f" {text}"})
    place = Case(
        When(begins, then=Value(0)),
        When(word, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return rows.order_by(place, fields[0], "pk")


def _containing(text: str, fields: tuple[str, ...]) -> Q:
    condition = Q()
    for field in fields:
        condition |= Q(**{f"{field}__icontains": text})
    return condition


def _registrations(user: User, text: str) -> QuerySet[Registration]:
    """Return the registrations whose company, deal or number has the text."""
    seen = Registration.objects.visible_to(user)
    return seen.filter(_containing(text, ("company", "name"))) | seen.numbered(text)


def _entries(user: User, text: str) -> QuerySet[PointsEntry]:
    """Return the entries whose reference has the text, newest first."""
    entries = PointsEntry.objects.visible_to(user).filter(source_ref__icontains=text)
    return entries.order_by("-effective_on", "-pk")


def _admin_hit(row: Any) -> Hit:
    partner = getattr(row, "partner", None)
    ref = getattr(row, "ref", "") or getattr(row, "number", "")
    parts = [ref, str(partner) if partner else ""]
    return Hit(
        title=str(row),
        detail=" · ".join(part for part in parts if part),
        url=reverse(f"admin:{_admin_name(type(row))}_change", args=[row.pk]),
    )


def _list(model: type[Model], text: str) -> str:
    address = reverse(f"admin:{_admin_name(model)}_changelist")
    return f"{address}?{urlencode({'q': text})}"


def _admin_name(model: type[Model]) -> str:
    return f"{model._meta.app_label}_{model._meta.model_name}"


# --- Words: the rulebook, benefits, pages ---------------------------------------------


def _rules(text: str, today: date) -> Iterator[Group]:
    """Yield what the edition of the day calls so: values, rules, benefits."""
    editions = RulebookEdition.objects.published().filter(effective_on__lte=today)
    row = editions.order_by("-effective_on").first()
    if row is None:
        return
    rulebook = parsed(row.sha256, row.document)
    page = reverse("partners:rulebook_edition", args=[row.code])
    words = edition_text(row.document, rulebook)
    terms = [
        Hit(
            title=line.label,
            detail=f"{line.value} {line.cites}".strip(),
            url=f"{page}#{line.anchor}",
        )
        for section in words.sections
        for line in section.lines
    ]
    terms += [
        Hit(title=wording.rule, detail=wording.sentence, url=f"{page}#rules")
        for wording in words.wordings
    ]
    yield _matching(_("Rulebook"), terms, text, all_url=page)
    french = (get_language() or "").startswith("fr")
    address = reverse("benefits:list")
    benefits = [
        Hit(
            title=benefit.name_fr if french else benefit.name_en,
            detail=f"{GROUPS.get(benefit.group, benefit.group)} · {benefit.rule}",
            url=address,
        )
        for benefit in rulebook.benefits.values()
    ]
    yield _matching(_("Benefits"), benefits, text, all_url=address)


def _pages(request: SignedInRequest, text: str) -> Group:
    pages = [
        Hit(title=str(link.label), detail="", url=link.url) for link in links_for(request)
    ]
    own = (
        (_("Saved views"), "portal:views"),
        (_("Files"), "portal:exports"),
        (_("Calendar"), "portal:calendar"),
    )
    for label, name in own:
        if not (request.user.is_staff and name == "portal:calendar"):
            pages.append(Hit(title=label, detail="", url=reverse(name)))
    return _matching(_("Pages"), pages, text)


def _matching(title: str, hits: Sequence[Hit], text: str, *, all_url: str = "") -> Group:
    """Keep what has the text, title first; what begins with it stands on top."""
    wanted = text.casefold()
    found = [hit for hit in hits if wanted in f"{hit.title}\n{hit.detail}".casefold()]
    found.sort(key=lambda hit: _place(hit.title.casefold(), wanted))
    more = len(found) > SHOWN
    return Group(title=title, hits=found[:SHOWN], all_url=all_url if more else "")


def _place(title: str, wanted: str) -> int:
    if title.startswith(wanted):
        return 0
    if f" {wanted}" in title:
        return 1
    return 2 if wanted in title else 3
