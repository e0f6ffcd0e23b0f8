"""Seeing the portal as a partner sees it: staff look, and it is written down."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from partners.models import Partner, Person, Role, User
from partners.permissions import staff_may
from partners.services import audit

SESSION_KEY: Final = "seen_partner"
LASTS: Final = timedelta(hours=1)


@transaction.atomic
def begin_seeing(*, partner: Partner, actor: User, at: datetime) -> dict[str, str]:
    """Record that a member of staff looks as a partner; return what the session keeps."""
    audit.record(
        "partners.seen_as", actor=actor, at=at, partner_id=partner.pk, of=partner
    )
    return {"partner": str(partner.public_id), "until": (at + LASTS).isoformat()}


@transaction.atomic
def end_seeing(*, partner: Partner, actor: User, at: datetime) -> None:
    """Record that a member of staff has stopped looking as a partner."""
    audit.record(
        "partners.seen_as_ended", actor=actor, at=at, partner_id=partner.pk, of=partner
    )


def seen_partner(kept: Any, *, actor: User, at: datetime) -> Partner | None:
    """Return the partner a session looks as; None if time or right have ended.

    The right is asked for anew: neither a partner that has left the portfolio is seen on,
    nor any by whoever has a role without this act since.
    """
    if not staff_may(actor, "see_as", Partner) or not isinstance(kept, dict):
        return None
    if datetime.fromisoformat(kept["until"]) <= at:
        return None
    partners = Partner.objects.visible_to(actor).filter(public_id=kept["partner"])
    return partners.select_related("pdm").first()


def viewer_of(partner: Partner, *, actor: User) -> User:
    """Return an account that sees what an owner of the partner sees, and is nobody.

    It is no row: nothing personal of anybody belongs to it, and it cannot be stored.
    """
    viewer = User(
        full_name=str(actor), language=actor.language, time_zone=actor.time_zone
    )
    vars(viewer)["person"] = Person(partner=partner, role=Role.OWNER)
    vars(viewer)["save"] = _refuse
    return viewer


def _refuse(*_args: Any, **_kwargs: Any) -> None:
    raise TypeError("Who only looks is not stored.")
