"""One prospect, several companies, in several real processes at the same moment.

Of those who register or hold a domain at the same instant one gets it, and the others go
to a human; whoever clicks twice registers once.
"""

from __future__ import annotations

import subprocess
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

pytestmark = pytest.mark.processes

RIVALS = 5

WORLD = (
    SETUP
    + f"""
from deals.models import (RegisteredDomain, Registration, RegistrationDomain,
                          RegistrationLine)
from partners.models import Partner, Person, User
for n in range({RIVALS}):
    partner = Partner.objects.create(
        ref=f"P-{{n}}", name=f"P {{n}}", membership="partner", country="US",
        joined_on=today)
    user = User.objects.create_user(f"owner@p{{n}}.example", "x")
    person = Person.objects.create(partner=partner, user=user, email=user.email,
                                   role="owner")
    draft = Registration.objects.create(
        partner=partner, created_by=user, created_at=now, saved_at=now, owner=person,
        company=f"Company {{n}}", company_key=f"{{n}}" * 9, country="DE", segment="small",
        first_name="A", last_name="B", email="a@b.com", name=f"Deal {{n}}",
        expected_close_on=today, data_is_lawful=True)
    RegistrationLine.objects.create(
        registration=draft, product_line="sales_hub", edition="starter",
        mrr_minor=1_000, currency="USD")
    # Each names them in another order: nobody waits in a circle.
    names = ["example.com", "example.de", f"own{{n}}.com"]
    for name in names[n % 3:] + names[:n % 3]:
        domain, _new = RegisteredDomain.objects.get_or_create(name=name)
        RegistrationDomain.objects.create(registration=draft, domain=domain)
"""
)

GATE = (
    SETUP
    + """
from deals.models import Registration
from deals.services.checking import HoldError, hold_domain
from deals.services.registering import submit
from deals.services.registration_steps import RegistrationError

def register(n):
    draft = Registration.objects.get(name=f"Deal {n}")
    try:
        return submit(registration_id=draft.pk, actor=draft.created_by, at=now,
                      today=today).state
    except RegistrationError:
        return "twice"

def hold(n, domain="held.com"):
    draft = Registration.objects.get(name=f"Deal {n}")
    try:
        hold_domain(partner_id=draft.partner_id, domain=domain, actor=draft.created_by,
                    at=now, today=today)
    except HoldError:
        return "not free"
    return "held"

ready = Path(sys.argv[1])
number = int(ready.name.rpartition("-")[2])
ready.touch()
while not Path(sys.argv[2]).exists():
    time.sleep(0.005)
"""
)


@pytest.fixture
def world(live_database: LiveDatabase) -> LiveDatabase:
    making = live_database.start("-c", WORLD, stdout=subprocess.PIPE)
    printed, _ = making.communicate()
    assert making.returncode == 0, printed
    return live_database


def outcomes(world: LiveDatabase, folder: Path, act: str) -> list[str]:
    script = f"{GATE}\nprint('outcome:', {act})\n"
    return sorted(
        line.removeprefix("outcome: ")
        for printed in at_once(world, folder, script, RIVALS)
        for line in printed.splitlines()
        if line.startswith("outcome: ")
    )


def test_of_registrations_of_one_domain_at_once_one_is_accepted(
    world: LiveDatabase, tmp_path: Path
) -> None:
    said = outcomes(world, tmp_path, "register(number)")

    assert said == ["accepted", *["submitted"] * (RIVALS - 1)]
    assert world.rows("SELECT count(*) FROM deals_deal") == [(1,)]
    assert world.rows("SELECT count(*) FROM clients_client") == [(1,)]


def test_a_draft_that_is_submitted_by_several_clicks_is_one_deal(
    world: LiveDatabase, tmp_path: Path
) -> None:
    said = outcomes(world, tmp_path, "register(0)")

    assert said == ["accepted", *["twice"] * (RIVALS - 1)]
    assert world.rows("SELECT count(*) FROM deals_deal") == [(1,)]


def test_of_holds_of_one_domain_at_once_one_holds(
    world: LiveDatabase, tmp_path: Path
) -> None:
    assert outcomes(world, tmp_path, "hold(number)") == [
        "held",
        *["not free"] * (RIVALS - 1),
    ]


def test_who_holds_and_who_registers_at_once_do_not_both_get_it(
    world: LiveDatabase, tmp_path: Path
) -> None:
    """A company may hold and register it itself; two companies never both have it."""
    act = "register(1) if number == 1 else hold(0, 'example.com')"

    said = set(outcomes(world, tmp_path, act))

    assert said in ({"accepted", "not free"}, {"submitted", "held"})
