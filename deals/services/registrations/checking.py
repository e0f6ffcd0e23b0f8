"""Asking whether a prospect is free before filling in anything, and keeping it (3.10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deals.models import DomainCheck, DomainHold, RegisteredDomain
from deals.services.benefits import why_nothing_new
from deals.services.registrations.claims import Prospect, claims_on
from partners.models import Partner, User
from partners.selectors import published_editions
from partners.services import audit
from partners.services.free_mail import FREE_MAIL
from program.domains import (
    MAX_ASKED,
    DomainProblem,
    UnusableDomainError,
    company_key,
    normalised,
)
from program.protection import Answer, Verdict, answer

PERSONS_WINDOW: Final = timedelta(hours=1)
COMPANYS_WINDOW: Final = timedelta(days=1)
"""What `DOMAIN_CHECKS_A_PERSON` and `DOMAIN_CHECKS_A_COMPANY` are counted in."""


ACCEPTANCE: Final = 0xACCE97
"""PostgreSQL's advisory lock of the one who decides whether a prospect is free."""


class TooManyChecksError(Exception):
    """Somebody, or a company, has asked too often; `again_at` is when they may again."""

    def __init__(self, again_at: datetime) -> None:
        self.again_at = again_at
        super().__init__(again_at)


class HoldError(ValueError):
    """A domain that cannot be held like this."""


@dataclass(frozen=True, slots=True)
class Checked:
    """The log's row, which is the answer, and why the text could not be used."""

    row: DomainCheck
    problem: DomainProblem | None = None


@transaction.atomic
def check(
    *,
    partner_id: int,
    text: str,
    country: str,
    actor: User,
    at: datetime,
    today: date,
) -> Checked:
    """Answer whether a prospect is free, and keep that somebody asked.

    `text` is a domain, an address of the web or of e-mail, or else a company's name,
    compared in `country` ("": everywhere). A name alone is never protected: names are not
    unique, a human decides. Raises `TooManyChecksError`.
    """
    partner = _locked(partner_id)
    _spend(partner, actor=actor, at=at)
    row = DomainCheck(
        partner=partner,
        asked_by=actor,
        asked=text[:MAX_ASKED],
        answer=DomainCheck.Answer.UNUSABLE,
        at=at,
    )
    try:
        prospect = read_prospect(text, country=country)
    except UnusableDomainError as error:
        row.save()
        return Checked(row, error.problem)
    verdict = verdict_on(prospect, partner=partner, at=at, today=today)
    row.domain = next(iter(prospect.domains), "")
    row.answer, row.until_on = verdict.answer.value, verdict.until
    row.save()
    return Checked(row)


def read_prospect(text: str, *, country: str) -> Prospect:
    """Return what a text asks about. Raises `UnusableDomainError`."""
    if _is_name(text):
        key = company_key(text)
        if not key:
            raise UnusableDomainError(DomainProblem.EMPTY)
        return Prospect(key=key, country=country)
    return Prospect(domains=(normalised(text, free_mail=FREE_MAIL),))


def verdict_on(
    prospect: Prospect, *, partner: Partner, at: datetime, today: date
) -> Verdict:
    """Return the answer for a company on a day."""
    rules = published_editions().on(today).rulebook.deal
    claims = claims_on(prospect, partner=partner, at=at, today=today)
    return answer(claims, today=today, validity_days=rules.validity_days)


@transaction.atomic
def hold_domain(
    *, partner_id: int, domain: str, actor: User, at: datetime, today: date
) -> DomainHold:
    """Keep a free domain for a company for a while; asked twice it is the same hold.

    Raises `HoldError` unless the domain is free, while the company holds as many as it
    may or has held this one just before, and while its benefits are suspended.
    """
    try:
        name = normalised(domain, free_mail=FREE_MAIL)
    except UnusableDomainError:
        raise HoldError(_("Only the domain of a company can be held.")) from None
    # The company first, then the domain: everybody locks in this order.
    partner = _locked(partner_id)
    if why := why_nothing_new(partner, on=today):
        raise HoldError(why)
    [locked] = lock_domains([name])
    held = DomainHold.objects.running_at(at).filter(partner=partner)
    if running := held.filter(domain=locked).first():
        return running
    if held.count() >= settings.DOMAIN_HOLDS_AT_ONCE:
        raise HoldError(
            _("You hold %(count)s domains, as many as a company may.")
            % {"count": settings.DOMAIN_HOLDS_AT_ONCE}
        )
    _refuse_renewal(partner, locked, at=at)
    prospect = Prospect(domains=(name,))
    if verdict_on(prospect, partner=partner, at=at, today=today).answer != Answer.FREE:
        raise HoldError(_("Only what is free can be held."))
    hold = DomainHold.objects.create(
        partner=partner,
        domain=locked,
        held_by=actor,
        from_at=at,
        until_at=at + timedelta(hours=settings.DOMAIN_HOLD_HOURS),
    )
    audit.record("deals.domain_held", actor=actor, at=at, partner_id=partner.pk, of=hold)
    return hold


@transaction.atomic
def end_hold(*, hold_id: int, actor: User, at: datetime) -> DomainHold:
    """Give a held domain up before its time. Raises `HoldError` if it has ended."""
    hold = (
        DomainHold.objects.select_for_update(of=("self",))
        .select_related("domain")
        .get(pk=hold_id)
    )
    if hold.ended_at is not None or hold.until_at <= at:
        raise HoldError(_("This domain is not held any more."))
    hold.ended_at = at
    hold.save(update_fields=["ended_at"])
    audit.record(
        "deals.hold_ended", actor=actor, at=at, partner_id=hold.partner_id, of=hold
    )
    return hold


def lock_acceptance() -> None:
    """Let nobody else accept, or submit, until the end of this transaction.

    Domains can be locked one by one, names cannot: any two may be alike (3.10.1). Of two
    look-alikes at the same instant the second one waits here and then sees the first.
    Taken before domains, also where those are only filled in anew: nobody waits in a
    circle. On SQLite there is one writer at a time anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ACCEPTANCE])


def lock_domains(names: list[str]) -> list[RegisteredDomain]:
    """Return the rows of domains, locked in the order of their ids.

    Of two who want one at the same instant, the second waits here and then sees the
    first. Missing rows are made in the order of their names: nobody waits in a circle.
    """
    for name in sorted(names):
        RegisteredDomain.objects.get_or_create(name=name)
    locked = RegisteredDomain.objects.select_for_update(of=("self",), no_key=True)
    return list(locked.filter(name__in=names).order_by("pk"))


def _locked(partner_id: int) -> Partner:
    """Lock a company without locking out who adds a row that names it."""
    partners = Partner.objects.select_for_update(of=("self",), no_key=True)
    return partners.get(pk=partner_id)


def _is_name(text: str) -> bool:
    """Say whether a text is a company's name: it has a space, or no dot and no @."""
    text = text.strip()
    return " " in text or not any(sign in text for sign in ".@/:。")


def _spend(partner: Partner, *, actor: User, at: datetime) -> None:
    """Raise `TooManyChecksError` if the log shows enough; the company is locked."""
    mine = DomainCheck.objects.filter(asked_by=actor)
    for rows, allowed, window in (
        (mine, settings.DOMAIN_CHECKS_A_PERSON, PERSONS_WINDOW),
        (DomainCheck.objects.all(), settings.DOMAIN_CHECKS_A_COMPANY, COMPANYS_WINDOW),
    ):
        since = rows.filter(partner=partner, at__gt=at - window).order_by("-at")
        newest = list(since.values_list("at", flat=True)[:allowed])
        if len(newest) >= allowed:
            raise TooManyChecksError(newest[-1] + window)


def _refuse_renewal(partner: Partner, domain: RegisteredDomain, *, at: datetime) -> None:
    last = (
        DomainHold.objects.filter(partner=partner, domain=domain)
        .order_by("-from_at")
        .first()
    )
    rest = timedelta(hours=settings.DOMAIN_REST_HOURS)
    if last is not None and at < (last.ended_at or last.until_at) + rest:
        raise HoldError(
            ngettext(
                "You held this domain just before; it must be free for all for "
                "%(count)s hour.",
                "You held this domain just before; it must be free for all for "
                "%(count)s hours.",
                settings.DOMAIN_REST_HOURS,
            )
            % {"count": settings.DOMAIN_REST_HOURS}
        )
