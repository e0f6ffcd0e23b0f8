"""What needs somebody: with its day, the role it is addressed to, its rule and its act.

What was told to the person and still asks for an act stands beside what follows from the
figures. Mandatory is what costs something on its day; the rest is recommended.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partners.models import Notification, Role, User
from partners.notifications import words_of
from portal.home.glance import CLOSING_DAYS, AtAGlance
from portal.home.rehearsal import Rehearsal
from portal.home.state import State
from portal.prepared import ACCOUNT, COMPANY, Prepared, somebody
from program.rulebook import Rulebook, Tier
from ui import formats

SHOWN = 4
NOTIFICATIONS_READ = 20
CERTIFICATION_NOTICE_DAYS = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Something to do. `due_on` is the last day it helps; `roles` are who may do it."""

    title: str
    text: str
    mandatory: bool
    due_on: date | None
    roles: Sequence[Role]
    rule: str
    act: str
    url: str

    @property
    def addressees(self) -> str:
        """Who it is for, in words."""
        return formats.listing([str(role.label) for role in self.roles])


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """The first needs, and how many there are in all."""

    shown: Sequence[Need]
    count: int

    @property
    def more(self) -> int:
        return self.count - len(self.shown)


def needs_of(
    state: State,
    *,
    user: User,
    today: date,
    rulebook: Rulebook,
    rehearsal: Rehearsal | None,
    glance: AtAGlance,
    everything: bool,
) -> Needs:
    """Return what needs somebody, mandatory first, then by day; the top ones or all."""
    facts = _Facts(state, rulebook, today, rehearsal, glance)
    found = [*_told(user), *facts.needs()]
    found.sort(key=lambda need: (not need.mandatory, need.due_on or date.max))
    return Needs(shown=found if everything else found[:SHOWN], count=len(found))


def _asking() -> QuerySet[Notification]:
    rows = Notification.objects.visible_to(somebody()).needing_action()
    return rows.order_by("due_on", "-pk")[:NOTIFICATIONS_READ]


_ASKING: Final = Prepared(_asking, company=COMPANY, account=ACCOUNT)


def _told(user: User) -> Iterator[Need]:
    role = Role(user.person.role) if user.person else Role.READER
    assert user.partner is not None
    for row in _ASKING.rows(company=user.partner.pk, account=user.pk):
        words = words_of(row)
        yield Need(
            title=words.title,
            text=words.text,
            mandatory=True,
            due_on=row.due_on,
            roles=[role],
            rule="",
            act=_("Look at it"),
            url=row.path or reverse("portal:home"),
        )


@dataclass(frozen=True, slots=True)
class _Facts:
    state: State
    rulebook: Rulebook
    today: date
    rehearsal: Rehearsal | None
    glance: AtAGlance

    def needs(self) -> Iterator[Need]:
        yield from self._tier_at_risk()
        if self.rulebook.tiers.requires_valid_certification:
            yield from self._certification()
        yield from self._unproven()
        yield from self._open_deals()
        yield from self._renewals()
        yield from self._pending()

    def _cites(self, key: str) -> str:
        return self.rulebook.rules.get(key, "")

    def _tier_at_risk(self) -> Iterator[Need]:
        rehearsal = self.rehearsal
        if rehearsal is None or not rehearsal.at_risk:
            return
        yield Need(
            title=_("Your tier is at risk"),
            text=f"{rehearsal.verdict} {rehearsal.reason}",
            mandatory=True,
            due_on=rehearsal.evaluation_on,
            roles=[Role.OWNER, Role.SALES],
            rule=self._cites("tiers.keep_if_met_once_in_period"),
            act=_("See what it rests on"),
            url=rehearsal.url,
        )

    def _certification(self) -> Iterator[Need]:
        """Say that nobody is certified, or soon will not be; providers need none (R8)."""
        state, until = self.state, self.glance.certified_until
        if state.partner.membership == "provider":
            return
        evaluation_on = self.rulebook.calendar.next_evaluation(self.today)
        credited = state.standing and state.standing.credited_tier != Tier.NONE
        common = {
            "roles": [Role.OWNER, Role.SERVICES],
            "rule": self._cites("certification.required"),
            "act": _("What your level has"),
            "url": reverse("benefits:list"),
        }
        if not self.glance.certified:
            yield Need(
                title=_("Nobody holds a valid Solutions Partner Certification"),
                text=_("Without one no tier is credited, and one that is held is lost."),
                mandatory=bool(credited),
                due_on=evaluation_on,
                **common,  # type: ignore[arg-type]
            )
        elif until and until <= self.today + timedelta(days=CERTIFICATION_NOTICE_DAYS):
            yield Need(
                title=_("Your last Solutions Partner Certification expires"),
                text=_("From %(day)s on nobody holds a valid one.")
                % {"day": formats.day_long(until)},
                mandatory=bool(credited) and until <= evaluation_on,
                due_on=until - timedelta(days=1),
                **common,  # type: ignore[arg-type]
            )

    def _unproven(self) -> Iterator[Need]:
        unproven = self.glance.unproven
        proof = self.rulebook.proof
        if not unproven.first_on or not proof.required:
            return
        yield Need(
            title=ngettext(
                "%(count)s won deal has no proof of involvement",
                "%(count)s won deals have no proof of involvement",
                unproven.count,
            )
            % {"count": formats.number(unproven.count)},
            text=_("Without a proof in time a won deal earns nothing."),
            mandatory=True,
            due_on=unproven.first_on + timedelta(days=proof.grace_days),
            roles=[Role.SALES, Role.OWNER],
            rule=self._cites("proof.required"),
            act=_("Which ones"),
            url=f"{reverse('deals:list')}?stage=won&missing=proof",
        )

    def _open_deals(self) -> Iterator[Need]:
        """Say what open deals wait for: questions and ends are told to the person."""
        work = self.glance.work
        listed = reverse("deals:list")
        common: dict[str, Any] = {
            "mandatory": False,
            "roles": [Role.SALES, Role.OWNER],
            "act": _("Which ones"),
        }
        closing = {
            "stage": "registered",
            "missing": "proof",
            "expected_since": self.today.isoformat(),
            "expected_until": (self.today + timedelta(days=CLOSING_DAYS)).isoformat(),
        }
        if work.closing and self.rulebook.proof.required:
            yield Need(
                title=ngettext(
                    "%(count)s deal is about to close without a proof of involvement",
                    "%(count)s deals are about to close without a proof of involvement",
                    work.closing,
                )
                % {"count": formats.number(work.closing)},
                text=_(
                    "Ask the client by link: without a proof a won deal earns nothing."
                ),
                due_on=work.closes_on,
                rule=self._cites("proof.required"),
                url=f"{listed}?{urlencode(closing)}",
                **common,
            )
        if work.to_confirm:
            yield Need(
                title=ngettext(
                    "%(count)s deal has a motion to confirm",
                    "%(count)s deals have a motion to confirm",
                    work.to_confirm,
                )
                % {"count": formats.number(work.to_confirm)},
                text=_(
                    "Confirm or contest it before the close: then it is locked, and "
                    "points and commission rest on it."
                ),
                due_on=None,
                rule=self._cites("deal.validity_days"),
                url=f"{listed}?missing=motion",
                **common,
            )
        if work.drafts:
            yield Need(
                title=ngettext(
                    "%(count)s registration is still a draft",
                    "%(count)s registrations are still drafts",
                    work.drafts,
                )
                % {"count": formats.number(work.drafts)},
                text=_("A draft protects nothing: submit it, or discard it."),
                due_on=None,
                rule=self._cites("deal.validity_days"),
                url=f"{reverse('deals:registrations')}?state=draft",
                **common,
            )

    def _renewals(self) -> Iterator[Need]:
        renewals = self.glance.renewals
        if not renewals.decide_by:
            return
        yield Need(
            title=ngettext(
                "%(count)s renewal can still be decided",
                "%(count)s renewals can still be decided",
                renewals.to_decide,
            )
            % {"count": formats.number(renewals.to_decide)},
            text=_("After that day it renews as it stands: talk to the client before."),
            mandatory=False,
            due_on=renewals.decide_by,
            roles=[Role.SERVICES, Role.SALES],
            rule=self._cites("renewal.deadline_days"),
            act=_("See the renewals"),
            url="#renewals",
        )

    def _pending(self) -> Iterator[Need]:
        pending = self.glance.pending
        if not pending:
            return
        yield Need(
            title=ngettext(
                "%(count)s line earns nothing yet: its currency is not on the point "
                "scale",
                "%(count)s lines earn nothing yet: their currency is not on the point "
                "scale",
                pending,
            )
            % {"count": formats.number(pending)},
            text=_("It begins to count on the day an edition adds the currency."),
            mandatory=False,
            due_on=None,
            roles=[Role.OWNER],
            rule="3.23",
            act=_("Which ones"),
            url=f"{reverse('partners:points')}#pending",
        )
