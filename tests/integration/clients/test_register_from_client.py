"""From a client to a registration: who sells has a link in every row."""

import pytest

from partners.models import Role
from tests.factories import (
    ClientFactory,
    PartnerFactory,
    RelationshipFactory,
    UserFactory,
)
from tests.integration.pages import NOON, browser_of, main_of, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOON, tick=False)]


def test_who_sells_registers_from_a_client() -> None:
    partner, client = PartnerFactory.create(), ClientFactory.create()
    RelationshipFactory.create(partner=partner, client=client)
    link = f"/deals/register/?client={client.public_id}"
    staff = signed_in(UserFactory.create(programme_manager=True))
    asked = "/clients/?columns=name&columns=register"

    for role in (Role.OWNER, Role.SALES):
        assert link in main_of(browser_of(partner, role=role).get("/clients/"))
    for visitor in (browser_of(partner, role=Role.READER), staff):
        for address in ("/clients/", asked):
            page = visitor.get(address)
            assert page.status_code == 200
            assert "/deals/register/" not in main_of(page)
