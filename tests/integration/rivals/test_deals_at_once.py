"""Two acts that exclude each other, on one deal or registration, at the same moment.

Real processes meet before each race; of every race exactly one act is done, the others
are refused with a sentence and leave nothing behind.
"""

from __future__ import annotations

import json
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

RIVALS = 4

WORLD = (
    SETUP
    + f"""
from clients.models import Client
from deals.models import (Deal, DealRequest, RegisteredDomain, Registration,
                          RegistrationDomain, RegistrationLine, Specialist,
                          SpecialistArea)
from deals.services import ask_for_proof
from deals.services.sharing.filing import Upload, add_file
from partners.models import Partner, Person, User
from partners.services import open_standings
partner = Partner.objects.create(ref="P", name="P", membership="partner", country="US",
                                 joined_on=today - timedelta(days=400))
open_standings(partner_ids=[partner.pk], on=today)
user = User.objects.create_user("owner@p.example", "x")
person = Person.objects.create(partner=partner, user=user, email=user.email, role="owner")
manager = User.objects.create_user("manager@portal.example", "x", is_staff=True,
                                   staff_role="programme_manager")
one = Specialist.objects.create(kind="growth", name="One", email="one@p.example",
                                capacity=1)
SpecialistArea.objects.create(specialist=one)

def registration(name, **facts):
    made = Registration.objects.create(
        partner=partner, created_by=user, created_at=now, saved_at=now, owner=person,
        company=name, company_key=name * 3, country="DE", segment="small",
        first_name="A", last_name="B", email="a@b.com", name=name,
        expected_close_on=today, data_is_lawful=True, **facts)
    RegistrationLine.objects.create(registration=made, product_line="sales_hub",
                                    edition="starter", mrr_minor=1_000, currency="USD")
    domain = RegisteredDomain.objects.create(name=f"{{name}}.com")
    RegistrationDomain.objects.create(registration=made, domain=domain)

for n in range({RIVALS}):
    registration(f"place{{n}}abc")
for name in ("accept", "twice"):
    registration(name, state="submitted", submitted_at=now,
                 due_at=now + timedelta(hours=48))
client = Client.objects.create(ref="C", name="C", country="DE")
def deal(name, **facts):
    return Deal.objects.create(ref=name, name=name, partner=partner, client=client,
                               motion="sourced", active_on=today,
                               registered_on=today - timedelta(days=80), **facts)
deal("expire", valid_until=today)
deal("contest", motion_state="proposed")
deal("extend", valid_until=today + timedelta(days=10))
deal("upload"), deal("lose"), deal("ask")
ask_for_proof(deal_id=deal("answer").pk, name="A", email="a@b.com", language="en",
              actor=user, at=now)
add_file(deal_id=deal("rest").pk, upload=Upload("a.txt", "text/plain", b"old"),
         internal=False, actor=manager, at=now)
DealRequest.objects.create(deal=deal("decide"), kind="demo", text="Help", asked_by=user,
                           asked_at=now, due_at=now)
"""
)

RIVAL = (
    SETUP
    + f"""
import json
from deals import services
from deals.models import (Deal, DealFile, DealRequest, InvalidTransitionError,
                          ProofRequest, Registration)
from deals.services.sharing import filing, requesting
from deals.services.registrations import registering, reviewing
from deals.services.registrations.steps import RegistrationError
from deals.services.sharing.writing import SharingError
from partners.models import User
from partners.services.link_tokens import link_token
folder = Path(sys.argv[1]).parent
number = int(Path(sys.argv[1]).name.rpartition("-")[2])
even = number % 2 == 0
user = User.objects.get(email="owner@p.example")
manager = User.objects.get(email="manager@portal.example")
who = dict(actor=user, at=now)
staff = dict(actor=manager, at=now)
pk = {{each.ref: each.pk for each in Deal.objects.all()}}
reg = {{each.name: each.pk for each in Registration.objects.all()}}
file = DealFile.objects.get(deal_id=pk["rest"])
demo = DealRequest.objects.get(deal_id=pk["decide"]).pk
secret = link_token("deals.proof", ProofRequest.objects.get().public_id)
upload = filing.Upload("b.txt", "text/plain", b"new")

def win(name):
    services.win_deal(deal_id=pk[name], closed_on=today, poi_on=None, today=today,
                      **staff)
    return "won"

def accept(name):
    reviewing.accept_registration(registration_id=reg[name], today=today, **staff)
    return "accepted"

def withdraw():
    registering.withdraw_registration(registration_id=reg["accept"], note="", **who)
    return "withdrawn"

RACES = {{
    "place": lambda: registering.submit(
        registration_id=reg[f"place{{number}}abc"], today=today, **who).state,
    "accept": lambda: accept("accept") if even else withdraw(),
    "twice": lambda: accept("twice"),
    "expire": lambda: win("expire") if even else (
        "expired" if services.expire_deal(deal_id=pk["expire"], on=today, at=now)
        else "refused"),
    "contest": lambda: win("contest") if even else (
        services.contest_motion(deal_id=pk["contest"], reason="No", **who)
        and "contested"),
    "extend": lambda: services.extend_deal(deal_id=pk["extend"], on=today, **who)
        and "extended",
    "upload": lambda: filing.add_file(deal_id=pk["upload"], upload=upload,
                                      internal=False, **who) and "kept",
    "lose": lambda: win("lose") if even else services.lose_deal(
        deal_id=pk["lose"], closed_on=today, reason="price", note="", **staff).stage,
    "ask": lambda: requesting.ask(deal_id=pk["ask"], kind="demo", text="Help", plan=None,
                                  today=today, **who) and "asked",
    "answer": lambda: services.answer_proof(secret=secret, confirmed=even, signed_as="A",
                                            remark="", at=now).answer,
    "rest": lambda: services.add_proof(deal_id=pk["rest"], dated_on=today, file=file,
                                       note="", **staff) and "proven" if even
        else filing.remove_file(file_id=file.pk, **staff) or "removed",
    "decide": lambda: requesting.decide(request_id=demo, approve=even, answer="So",
                                        today=today, **staff) and "decided",
}}
REFUSED = (InvalidTransitionError, RegistrationError, SharingError, services.ProofError,
           services.MotionError, requesting.RequestError)
Path(sys.argv[1]).touch()
while not Path(sys.argv[2]).exists():
    time.sleep(0.005)
said = {{}}
for race, act in RACES.items():
    (folder / f"{{race}}-{{number}}").touch()
    while not all((folder / f"{{race}}-{{n}}").exists() for n in range({RIVALS})):
        time.sleep(0.001)
    try:
        said[race] = act()
    except REFUSED:
        said[race] = "refused"
print("said:", json.dumps(said))
"""
)

DONE = {
    "accept": {"accepted", "withdrawn"},
    "twice": {"accepted"},
    "expire": {"won", "expired"},
    "contest": {"won", "contested"},
    "extend": {"extended"},
    "upload": {"kept"},
    "lose": {"won", "lost"},
    "ask": {"asked"},
    "answer": {"confirmed", "denied"},
    "rest": {"proven", "removed"},
    "decide": {"decided"},
}
"""Race → the acts of which one is done."""


@pytest.fixture
def races(live_database: LiveDatabase, tmp_path: Path) -> dict[str, list[str]]:
    """Return race → what each rival was told, the refused ones last."""
    making = live_database.start("-c", WORLD, piped=True)
    printed, _ = making.communicate()
    assert making.returncode == 0, printed
    told = [
        json.loads(line.removeprefix("said: "))
        for printed in at_once(live_database, tmp_path, RIVAL, RIVALS)
        for line in printed.splitlines()
        if line.startswith("said: ")
    ]
    return {
        race: sorted((each[race] for each in told), key=lambda said: said == "refused")
        for race in told[0]
    }


def test_of_acts_that_exclude_each_other_one_is_done(
    live_database: LiveDatabase, races: dict[str, list[str]]
) -> None:
    assert races.pop("place") == ["accepted"] * RIVALS
    for race, done in DONE.items():
        first, *others = races.pop(race)
        assert first in done, race
        assert others == ["refused"] * (RIVALS - 1), race
    assert races == {}

    # Of four deals at once one got the only place of the specialist, before all others.
    assigned = live_database.rows(
        "SELECT count(*) FROM deals_assignment WHERE specialist_id IS NOT NULL"
    )
    assert assigned == [(1,)]
    for once in (
        "SELECT count(*) FROM deals_dealfile WHERE name = 'b.txt'",
        "SELECT count(*) FROM deals_proofrequest WHERE answer <> ''",
        "SELECT count(*) FROM deals_deal WHERE name = 'twice'",
    ):
        assert live_database.rows(once) == [(1,)]
    resting = live_database.rows(
        "SELECT count(*) FROM deals_proof JOIN deals_dealfile ON file_id = "
        "deals_dealfile.id WHERE removed_at IS NOT NULL"
    )
    assert resting == [(0,)]
    live_database.manage("drain")
    live_database.manage("reconcile_points")
