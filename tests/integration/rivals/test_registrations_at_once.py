"""One prospect, several companies, in several real processes at the same moment.

Of those who register or hold a domain at the same instant one gets it, and the others go
to a human; whoever clicks twice registers once.
"""

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

RIVALS = 5

WORLD = (
    SETUP
    + f"""
from deals.models import (RegisteredDomain, Registration, RegistrationDomain,
                          RegistrationLine)
from partners.models import Partner, Person, User
def draft(partner, user, person, deal, company, key, names, **facts):
    draft = Registration.objects.create(
        partner=partner, created_by=user, created_at=now, saved_at=now, owner=person,
        company=company, company_key=key, country="DE", segment="small",
        first_name="A", last_name="B", email="a@b.com", name=deal,
        expected_close_on=today, data_is_lawful=True, **facts)
    RegistrationLine.objects.create(
        registration=draft, product_line="sales_hub", edition="starter",
        mrr_minor=1_000, currency="USD")
    for name in names:
        domain, _new = RegisteredDomain.objects.get_or_create(name=name)
        RegistrationDomain.objects.create(registration=draft, domain=domain)
    return draft

for n in range({RIVALS}):
    partner = Partner.objects.create(
        ref=f"P-{{n}}", name=f"P {{n}}", membership="partner", country="US",
        joined_on=today)
    user = User.objects.create_user(f"owner@p{{n}}.example", "x")
    person = Person.objects.create(partner=partner, user=user, email=user.email,
                                   role="owner")
    who = partner, user, person
    # Each names them in another order: nobody waits in a circle.
    names = ["example.com", "example.de", f"own{{n}}.com"]
    draft(*who, f"Deal {{n}}", f"Company {{n}}", f"{{n}}" * 9,
          names[n % 3:] + names[:n % 3])
    # Each begins the next one's: alike on every database, with nothing else in common.
    draft(*who, f"Alike {{n}}", "Northwind Trader" + "s" * n, "northwindtrader" + "s" * n,
          [f"northwind{{n}}.com"])
    draft(*who, f"Asked {{n}}", f"Southgate Mills {{n}}", f"southgatemills{{n}}",
          [f"southgate{{n}}.com"], state="needs_info", submitted_at=now, due_at=now,
          question="Which?", open_fields=["domains"])
"""
)

GATE = (
    SETUP
    + """
from deals.models import Registration
from deals.services.registrations.checking import HoldError, hold_domain
from deals.services.registrations.given import Given
from deals.services.registrations.registering import answer_question, submit
from deals.services.registrations.steps import RegistrationError

def register(n, name="Deal"):
    draft = Registration.objects.get(name=f"{name} {n}")
    try:
        return submit(registration_id=draft.pk, actor=draft.created_by, at=now,
                      today=today).state
    except RegistrationError:
        return "twice"

def answer(n):
    # With the domains of the others, every second one the other way round.
    draft = Registration.objects.get(name=f"Asked {n}")
    names = ["south.com", "gate.com", f"southgate{n}.com"]
    return answer_question(
        registration_id=draft.pk, given=Given(domains=names if n % 2 else names[::-1]),
        actor=draft.created_by, at=now, today=today).state

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
    making = live_database.start("-c", WORLD, piped=True)
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


def test_of_look_alikes_at_once_one_is_accepted(
    world: LiveDatabase, tmp_path: Path
) -> None:
    """They have no domain in common: only the names are alike."""
    said = outcomes(world, tmp_path, "register(number, 'Alike')")

    assert said == ["accepted", *["submitted"] * (RIVALS - 1)]
    found = world.rows("SELECT conflicts FROM deals_registration WHERE state='submitted'")
    assert len(found) == RIVALS - 1
    assert all("look_alike" in str(row) for row in found)


def test_who_answers_and_who_registers_at_once_do_not_wait_for_each_other(
    world: LiveDatabase, tmp_path: Path
) -> None:
    """An answer locks domains that it fills in anew; it comes to the end all the same."""
    said = outcomes(
        world, tmp_path, "answer(number) if number % 2 else register(number, 'Alike')"
    )

    # Two answered; of the three look-alikes one was accepted.
    assert said == ["accepted", *["submitted"] * 4]


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
