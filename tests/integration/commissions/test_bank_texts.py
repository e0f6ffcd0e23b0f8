"""Names and addresses on their way to a bank: in its letters, or refused where typed."""

from __future__ import annotations

import re

import pytest
from django.conf import settings

from commissions.models import BankAccount
from commissions.services.bank import BankDetailError, change_account
from commissions.services.bank_texts import LONGEST, bank_text
from commissions.services.payouts.payer import missing_of_payer
from tests.factories import PartnerFactory
from tests.hostile import HOSTILE
from tests.integration.commissions.filing import AT, an_account
from tests.integration.pages import account_of

EPC = re.compile(r"[0-9A-Za-z/\-?:().,'+ ]*")
BANK = "\U0001f3e6"


@pytest.mark.parametrize(
    ("typed", "carried"),
    [
        ("Société Générale & Cie", "Societe Generale + Cie"),
        ("Żółć Sp. z o.o.", "Zolc Sp. z o.o."),
        ("Straße 1 \u2013 Hof", "Strasse 1 - Hof"),
        ("\u4e0a\u6d77", "Shang Hai"),
        ("1 Main\ufffe Street", "1 Main Street"),
        ("<b>\x00Acme\u202e</b>", "b Acme /b"),
        ("Acme #4; @home", "Acme 4 home"),
        ("\u20b9 Road 5 \u20bf", "Road 5"),  # signs of which nobody knows letters
        (BANK, ""),
        ("\u07d2\u07de\u07cf", ""),  # N'Ko
        ("---", ""),
        ("", ""),
    ],
)
def test_the_nearest_letters_that_banks_read(typed: str, carried: str) -> None:
    assert bank_text(typed, longest=70) == carried


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: ascii(value[:20]))
def test_no_value_is_more_than_banks_read(value: str) -> None:
    carried = bank_text(value, longest=16)

    assert EPC.fullmatch(carried)
    assert len(carried) <= 16
    assert bank_text(carried, longest=16) == carried


def test_a_payer_whom_no_bank_could_read_is_named_before_anything_is_sent() -> None:
    payer = {**settings.PAYER, "name": BANK, "town": "---"}

    assert missing_of_payer(settings.PAYER) == {}
    assert missing_of_payer(payer) == {"name": "is not valid", "town": "is not valid"}


@pytest.mark.django_db
@pytest.mark.parametrize("name", LONGEST)
def test_what_no_bank_could_read_is_refused_where_it_is_typed(name: str) -> None:
    owner = account_of(PartnerFactory.create(country="DE"), role="owner")
    assert owner.partner

    with pytest.raises(BankDetailError, match="Latin letters") as refused:
        change_account(
            partner_id=owner.partner.pk,
            given=an_account(**{name: BANK}),
            factor_at=AT,
            actor=owner,
            at=AT,
        )

    assert refused.value.name == name
    assert not BankAccount.objects.exists()
