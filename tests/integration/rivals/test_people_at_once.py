"""Two clicks, two companies, two owners, in several real processes at the same moment."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.rivals.test_rivals import SETUP, at_once
from tests.live import (
    LiveDatabase,
    live_database,
    live_settings,
    live_stack,
)

__all__ = ["live_database", "live_settings", "live_stack"]

pytestmark = [pytest.mark.postgres, pytest.mark.processes]

WORLD = (
    SETUP
    + """
import hashlib
from partners.models import Invitation, Partner, Person, User
for n in range(2):
    partner = Partner.objects.create(ref=f"P-{n}", name=f"P {n}", membership="partner",
                                     country="US", joined_on=today)
    for m in range(2):
        email = f"owner{m}@p{n}.example"
        user = User.objects.create_user(email, "x")
        Person.objects.create(partner=partner, user=user, email=email, role="owner")
    for email in (f"twice@p{n}.example", "both@elsewhere.example"):
        Invitation.objects.create(
            partner=partner, email=email, role="sales", language="en", invited_by=user,
            token_sha256=hashlib.sha256(f"{email}-{n}".encode()).hexdigest(),
            created_at=now, expires_at=now + timedelta(days=7))
"""
)

GATE = (
    SETUP
    + """
from partners.models import Person
from partners.services import team
from partners.services.invitations import InvitationError, accept_invitation

def accept(token):
    try:
        accept_invitation(token=token, password="a long password", language="en", at=now)
    except InvitationError:
        return "refused"
    return "in"

def remove(actor, person):
    actor, person = (Person.objects.get(email=email) for email in (actor, person))
    try:
        team.remove_person(person_id=person.pk, actor=actor.user, at=now, today=today)
    except team.TeamError:
        return "refused"
    return "left"

ready = Path(sys.argv[1])
number = int(ready.name.rpartition("-")[2])
ready.touch()
while not Path(sys.argv[2]).exists():
    time.sleep(0.005)
"""
)


@pytest.fixture
def world(live_database: LiveDatabase) -> LiveDatabase:
    making = live_database.start("-c", WORLD, piped=True)
    printed, _ = making.communicate()
    assert making.returncode == 0, printed
    return live_database


def outcomes(world: LiveDatabase, folder: Path, act: str, count: int) -> list[str]:
    script = f"{GATE}\nprint('outcome:', {act})\n"
    return sorted(
        line.removeprefix("outcome: ")
        for printed in at_once(world, folder, script, count)
        for line in printed.splitlines()
        if line.startswith("outcome: ")
    )


def test_clicks_at_once_open_one_account(world: LiveDatabase, tmp_path: Path) -> None:
    said = outcomes(world, tmp_path, "accept('twice@p0.example-0')", 4)

    assert said == ["in", "refused", "refused", "refused"]
    [(people,)] = world.rows(
        "SELECT count(*) FROM partners_person WHERE email = 'twice@p0.example'"
    )
    assert int(people) == 1


def test_two_companies_at_once_get_somebody_once(
    world: LiveDatabase, tmp_path: Path
) -> None:
    act = "accept(f'both@elsewhere.example-{number % 2}')"

    said = outcomes(world, tmp_path, act, 2)

    assert said == ["in", "refused"]


def test_owners_who_remove_each_other_leave_one(
    world: LiveDatabase, tmp_path: Path
) -> None:
    act = "remove(f'owner{number % 2}@p1.example', f'owner{1 - number % 2}@p1.example')"

    said = outcomes(world, tmp_path, act, 2)

    assert said == ["left", "refused"]
    [(owners,)] = world.rows(
        "SELECT count(*) FROM partners_person JOIN partners_partner ON "
        "partners_partner.id = partner_id WHERE ref = 'P-1' AND left_on IS NULL"
    )
    assert int(owners) == 1
