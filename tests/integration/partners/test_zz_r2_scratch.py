from datetime import date
import pytest
from partners import services
from partners.models import TierChange, Standing, Snapshot
from partners.selectors import override_on
from partners.services.standing import become_provider
from partners.services.tiers.upgrades import grant_upgrades
from tests.factories import *
from tests.integration.partners.test_appeals import *
from tests.integration.partners.test_appeals import partner, owner, manager, at, file, propose, decide, evaluate, settle, credited, EVALUATION, ALL, MICRO

for _n in list(globals()):
    if _n.startswith("test_"):
        del globals()[_n]
pytestmark = pytest.mark.django_db

def move(p, on, m):
    become_provider(partner_id=p.pk, reason="x", on=on, actor=m, at=at(on))

def test_a_override_of_provider(partner, manager):
    ap = file(partner)
    propose(ap)
    evaluate()
    move(partner, date(2027,1,16), manager)
    decide(ap, manager, on=date(2027,1,20), uphold=True)
    assert override_on(partner.pk, date(2027,1,21)) is None

def test_a2_override_then_provider(partner, manager):
    TierOverrideFactory.create(partner=partner, tier="diamond", from_on=date(2026,12,1), until_on=date(2027,6,1), approved=True)
    move(partner, date(2027,1,10), manager)
    assert override_on(partner.pk, date(2027,1,21)) is None

def test_b_upgrade_for_provider(manager):
    p = PartnerFactory.create(joined_on=date(2024,1,1))
    person = PersonFactory.create(partner=p, with_account=True)
    CertificationFactory.create(person=person)
    for kind, points in (({}, 150), ({"assisted": True}, 200), ({"managed": True}, 40)):
        PointsEntryFactory.create(partner=p, points=points * MICRO, effective_on=date(2026, 8, 1), **kind)
    services.open_standings(partner_ids=[p.pk], on=FILED)
    move(p, date(2026,12,20), manager)
    services.run_check_day(on=date(2026,12,15), at=at(date(2026,12,21)))
    assert credited(p) == "none"

def test_c_settle_for_provider_same_day(partner, manager):
    ap = file(partner)
    evaluate()
    move(partner, EVALUATION, manager)
    decide(ap, manager, on=date(2027,1,20), uphold=False)
    settle(date(2027,1,21))
    assert credited(partner) == "none"

def test_i_two_overrides(partner, manager):
    TierOverrideFactory.create(partner=partner, tier="diamond", from_on=date(2026,12,1), until_on=date(2027,3,1), approved=True)
    ap = file(partner)
    decide(ap, manager, on=date(2026,12,28), uphold=True)
    assert override_on(partner.pk, date(2027,1,21)).tier == "diamond"

def test_d_cert_ends_before(partner):
    from partners.models import Certification
    Certification.objects.filter(person__partner=partner).update(expires_on=date(2027,1,5))
    assert file(partner)
