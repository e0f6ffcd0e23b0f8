"""What an act on deals or registrations will come to, said before the button."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from django.utils.translation import gettext as _

from deals.admin.registration_queue import appeal_of, is_in_review, may_be_refused
from deals.models import Deal, InvalidTransitionError, Registration
from deals.postings import SoldLine, line_postings
from deals.selectors import sold_lines
from deals.services.registrations.accepting import domains_of
from deals.services.registrations.claims import clients_of
from deals.services.registrations.steps import RegistrationError
from partners.portfolio import Deed
from partners.selectors import Editions, NoEditionError, published_editions
from program.points import proof_is_valid
from ui import formats


def win_outcome(deal: Deal, today: date) -> str:
    """Say what a deal is worth if it is won today, with the proof and without.

    Raises `InvalidTransitionError` for one that cannot be won as it stands.
    """
    if deal.stage != Deal.Stage.REGISTERED:
        raise InvalidTransitionError(
            _("That cannot be done with a deal that is: %(stage)s.")
            % {"stage": deal.get_stage_display()}
        )
    if deal.motion_state == Deal.MotionState.CONTESTED:
        raise InvalidTransitionError(
            _("The partner contests the motion: decide it before the deal is won.")
        )
    editions = published_editions()
    try:
        rulebook = editions.on(today).rulebook
    except NoEditionError:
        return _("No points: no edition holds today.")
    territory = deal.client.country
    points = _worth(
        (
            replace(
                line,
                stage=Deal.Stage.WON.value,
                closed_on=today,
                poi_on=today,
                territory=territory,
                growth=rulebook.is_growth(territory),
            )
            for _pk, line in sold_lines(deal_id=deal.pk)
        ),
        editions,
    )
    words = {"points": formats.points(points)}
    if proof_is_valid(closed_on=today, poi_on=deal.poi_on, rulebook=rulebook):
        return _("%(points)s points, with the proof of %(day)s") % {
            **words,
            "day": formats.day(deal.poi_on) if deal.poi_on else "",
        }
    return _("%(points)s points with a proof in time; without one nothing") % words


def cancel_outcome(deal: Deal, today: date) -> str:
    """Say what is taken back if the subscription ends today."""
    lines = (line for _pk, line in sold_lines(deal_id=deal.pk))
    points = _worth(lines, published_editions(), on=today)
    return _("%(points)s points are taken back") % {"points": formats.points(points)}


def _worth(lines: Iterable[SoldLine], editions: Editions, on: date | None = None) -> int:
    """Return the micro-points of lines; with a day, of those that count on it still."""
    return sum(
        posting.points
        for line in lines
        for posting in line_postings(line, editions)
        if on is None or posting.expires_on is None or posting.expires_on > on
    )


def approval_outcome(registration: Registration) -> str:
    """Say of which client the deal will be."""
    if not is_in_review(registration):
        raise RegistrationError(_("Only what is in review is accepted."))
    if registration.client is not None:
        name = registration.client.known_as
        return _("a deal with the client %(name)s") % {"name": name}
    found = clients_of(domains_of(registration))
    if len(found) > 1:
        return _("several clients are known by the domain: one has to be chosen")
    if found:
        return _("a deal with the client known by this domain")
    return _("a deal with a new client, %(name)s") % {"name": registration.company}


def question_outcome(registration: Registration) -> str:
    """Say whom the question goes to; refuse what is not in review."""
    _insist(registration, allowed=is_in_review(registration))
    return registration.partner.name


def refusal_outcome(registration: Registration) -> str:
    """Say whom the refusal goes to; refuse what has its answer."""
    _insist(registration, allowed=may_be_refused(registration))
    return registration.partner.name


def _insist(registration: Registration, *, allowed: bool) -> None:
    """Refuse in the words of the step that is not allowed."""
    if not allowed:
        raise RegistrationError(
            _("That cannot be done with a registration that is: %(state)s.")
            % {"state": registration.get_state_display()}
        )


def appeal_outcome(registration: Registration, deed: Deed) -> str:
    appeal = appeal_of(registration)
    if appeal is None or appeal.outcome:
        raise RegistrationError(_("There is no appeal to decide."))
    if appeal.refused_by_id == deed.actor.pk:
        raise RegistrationError(_("Whoever refused it does not decide the appeal."))
    return appeal.text
