"""The demo's papers and accounts are such as people could file."""

from datetime import UTC, date, datetime

import pytest

from commissions.models import Statement
from commissions.services.bank_numbers import (
    needs_bic,
    read_bic,
    read_clearing,
    read_number,
)
from partners.models import Partner
from portal.demo_bundle.places import PLACES
from portal.demo_commissions import pay_demo_partners
from portal.demo_papers import account_of
from tests.factories import PartnerFactory


# Of some countries the library knows no check digits of their own, and says so.
@pytest.mark.filterwarnings("ignore:No national checksum")
@pytest.mark.parametrize("country", [place.code for place in PLACES])
def test_everybody_has_an_account_that_a_bank_could_have(country: str) -> None:
    somebody = Partner(ref="P-1", country=country)

    first, second = (account_of(somebody, number) for number in (1, 2))

    number = read_number(first.number, country=first.bank_country)
    bank = first.bank_country
    bic = read_bic(first.bic, country=bank, needed=needs_bic(number, country=bank))
    code = read_clearing(first.clearing, country=bank, number=number, bic=bic)
    if country == "US":  # where nobody has a BIC at hand
        assert (bic, bool(code)) == ("", True)
    assert first != second


@pytest.mark.django_db
def test_data_of_somebody_else_is_left_alone() -> None:
    PartnerFactory.create(ref="P-aurora")

    pay_demo_partners(today=date(2026, 3, 10), at=datetime(2026, 3, 10, 12, tzinfo=UTC))

    assert not Statement.objects.exists()
