"""Papers and bank accounts from several real processes at the same moment."""

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

RIVALS = 6
NAMES = ("approve", "restart", "lost", "twice")

FACTS = """
from commissions.models import (BankAccount, Forfeiture, ForfeitureWaiver,
                                PayoutDocument)
from commissions.services import bank, forfeiting, papers
from commissions.services.papers.filing import file_paper
from deals.models import Deal
from partners.models import Partner, User
from program.payout import Paper
from ui.uploads import Upload
pdf = Upload("a.pdf", "application/pdf", b"%PDF-1.7")
account = bank.Account(holder="P", number="DE89370400440532013000", bank_country="DE",
                       bic="", street="", postcode="", town="Berlin", country="DE")
def file(partner, actor):
    return file_paper(partner_id=partner.pk, paper=Paper.W8BEN_E, upload=pdf,
                      signed_on=today, actor=actor, at=now)
"""

WORLD = (
    SETUP
    + FACTS
    + f"""
from clients.models import Client
from commissions.models import Schedule
from deals.models import DealLine
from partners.models import Person, RulebookEdition
from program.calendar import add_months
User.objects.create_user("finance@portal.example", "x", is_staff=True,
                         staff_role="finance")
client = Client.objects.create(ref="C-1", name="C", country="PL")
closed = add_months(today, -6)
for name in {NAMES!r}:
    partner = Partner.objects.create(ref=name, name=name, membership="partner",
                                     country="DE", joined_on=closed)
    user = User.objects.create_user(f"{{name}}@p.example", "x")
    Person.objects.create(partner=partner, user=user, email=user.email, role="owner")
    if name in ("approve", "restart"):
        file(partner, user)
    deal = Deal.objects.create(ref=name, partner=partner, client=client, name=name,
                               motion="sourced", registered_on=closed)
    line = DealLine.objects.create(deal=deal, product_line="sales_hub",
                                   edition="starter", mrr_minor=10_000, currency="EUR")
    Schedule.objects.create(
        line=line, deal=deal, partner=partner, client=client, product_line="sales_hub",
        closed_on=closed, deal_ref=name, begins_on=closed, plan="deal", rate_bps=2_000,
        months=36, mrr_minor=10_000, currency="EUR", first_month=closed.replace(day=1),
        last_month=add_months(closed.replace(day=1), 35), facts={{}}, opened_at=now,
        edition=RulebookEdition.objects.get(code="2025-B"))
"""
)

RIVAL = (
    SETUP
    + FACTS
    + """
even = int(Path(sys.argv[1]).name.rpartition("-")[2]) % 2 == 0
who = {name: User.objects.get(email=f"{name}@p.example")
       for name in ("approve", "restart", "lost", "twice")}
finance = User.objects.get(email="finance@portal.example")
company = {name: Partner.objects.get(ref=name) for name in who}
seen = {each.partner.ref: (each.pk, each.filed_at)
        for each in PayoutDocument.objects.select_related("partner")}

def approve(name):
    pk, filed_at = seen[name]
    papers.approve_paper(document_id=pk, filed_at=filed_at, actor=finance, at=now)

def restart_and_file(name):
    papers.restart_paper(document_id=seen[name][0], actor=who[name], at=now)
    file(company[name], who[name])

def lose_or_waive():
    if even:
        if not forfeiting.forfeit_day(day=today, at=now, first=0, last=2**62):
            raise papers.PaperError("nothing")
    else:
        forfeiting.waive_forfeiture(deal_id=Deal.objects.get(ref="lost").pk, reason="x",
                                    actor=finance, at=now)

acts = {
    "approve": lambda: approve("approve"),
    "restart": lambda: approve("restart") if even else restart_and_file("restart"),
    "lost": lose_or_waive,
    "file": lambda: file(company["twice"], who["twice"]),
    "bank": lambda: bank.change_account(partner_id=company["twice"].pk, given=account,
                                        factor_at=now, actor=who["twice"], at=now),
}
Path(sys.argv[1]).touch()
while not Path(sys.argv[2]).exists():
    time.sleep(0.005)
import json
done = {}
for name, act in acts.items():
    try:
        act()
        done[name] = 1
    except (papers.PaperError, forfeiting.ForfeitureError):
        done[name] = 0
print(json.dumps(done))
"""
)

AFTER = (
    SETUP
    + FACTS
    + """
import json
from commissions.models import DocumentStep
from outbox.models import Job
from partners.models import AuditEntry
def steps(name):
    found = DocumentStep.objects.filter(document__partner__ref=name)
    return list(found.order_by("pk").values_list("to_state", flat=True))
print(json.dumps({
    "approve": steps("approve"),
    "restart": steps("restart"),
    "states": sorted(PayoutDocument.objects.filter(partner__ref="restart")
                     .values_list("state", flat=True)),
    "lost": Forfeiture.objects.filter(deal__ref="lost").count(),
    "waived": ForfeitureWaiver.objects.filter(deal__ref="lost").count(),
    "others": Forfeiture.objects.exclude(deal__ref="lost").count(),
    "papers": PayoutDocument.objects.filter(partner__ref="twice").count(),
    "accounts": BankAccount.objects.count(),
    "letters": Job.objects.filter(kind="commissions.bank_letter").count(),
    "forfeited": AuditEntry.objects.filter(action="commissions.forfeited").count(),
}))
"""
)


def test_everything_happens_once(live_database: LiveDatabase, tmp_path: Path) -> None:
    making = live_database.start("-c", WORLD, piped=True)
    made, _ = making.communicate()
    assert making.returncode == 0, made

    printed = at_once(live_database, tmp_path, RIVAL, RIVALS)
    done = [json.loads(each.splitlines()[-1]) for each in printed]
    after = live_database.start("-c", AFTER, piped=True)
    found = json.loads(after.communicate()[0].splitlines()[-1])
    sums = {name: sum(each[name] for each in done) for name in done[0]}
    # Of several approvals one is done.
    assert sums["approve"] == 1
    assert found["approve"] == ["in_progress", "pending", "approved"]
    # A paper is approved as it was looked at, or taken back; never both.
    assert found["restart"].count("approved") <= 1
    assert found["states"] in (["approved"], ["pending"])
    # A deal is lost once; a waiver stands beside it or instead.
    assert found["lost"] <= 1
    assert found["waived"] == 1
    assert found["forfeited"] == found["lost"] + found["others"]
    # The same paper and the same account from everybody are one.
    assert (found["papers"], found["accounts"], found["letters"]) == (2, 1, 1)
    assert sums["file"] == sums["bank"] == RIVALS
