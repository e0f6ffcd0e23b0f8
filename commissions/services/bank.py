"""The account a partner is paid to: named under a second factor, used once approved.

The number is sealed when it comes in (`services.sealing`) and nobody sees it again but
finance, once for each recorded act, to compare it with what the bank says.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from commissions.models import BankAccount, PayoutDocument
from commissions.models.papers import CODE_NAMES
from commissions.notifications.papers import tell_bank_changed
from commissions.selectors.papers import current_account
from commissions.services.bank_numbers import (
    BankDetailError,
    needs_bic,
    read_bic,
    read_clearing,
    read_number,
)
from commissions.services.bank_texts import LONGEST, unread, unread_words
from commissions.services.papers.filing import open_paper, submit_paper, take_back
from commissions.services.papers.steps import (
    PaperError,
    State,
    locked_partner,
)
from commissions.services.sealing import MASK, open_seal, seal
from outbox import services as outbox
from outbox.clock import program_day
from partners.models import Partner, Person, Role, User
from partners.services import audit
from partners.services.letters import send_letter
from partners.services.mail import portal_address
from program.payout import Paper
from program.payout_life import is_fresh

__all__ = [
    "Account",
    "BankDetailError",
    "StaleFactorError",
    "change_account",
    "masked",
    "open_seal",
    "seal",
    "send_bank_letter",
    "show_number",
]


class StaleFactorError(PaperError):
    """The second factor was not shown, or too long ago."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account as its owner names it. Its `repr` does not show the number."""

    holder: str
    number: str = field(repr=False)
    bank_country: str
    bic: str
    clearing: str = ""
    street: str
    postcode: str
    town: str
    country: str


@transaction.atomic
def change_account(
    *,
    partner_id: int,
    given: Account,
    factor_at: datetime | None,
    actor: User,
    at: datetime,
) -> PayoutDocument:
    """Name the account a partner is to be paid to, by a bank form that finance approves.

    `factor_at` is when the actor showed a second factor. All owners are told by letter,
    whatever they chose to be told. The account before stays in use until the form is
    approved; a form that waits is taken back. Naming again what waits, or what is used,
    changes nothing and tells nobody.

    Raises `StaleFactorError` and `BankDetailError`.
    """
    if not is_fresh(factor_at, at=at):
        raise StaleFactorError(_("Show your second factor once more."))
    for name in unread({name: getattr(given, name) for name in LONGEST}):
        raise BankDetailError(name, unread_words())
    number = read_number(given.number, country=given.bank_country)
    country = given.bank_country
    bic = read_bic(given.bic, country=country, needed=needs_bic(number, country=country))
    clearing = read_clearing(given.clearing, country=country, number=number, bic=bic)
    partner = locked_partner(partner_id)
    account = BankAccount(
        partner=partner,
        holder=given.holder,
        sealed=seal(number.text, partner_id=partner_id),
        tail=number.tail,
        is_iban=number.is_iban,
        bic=bic,
        clearing=clearing,
        bank_country=given.bank_country,
        currency=partner.payout_currency,
        street=given.street,
        postcode=given.postcode,
        town=given.town,
        country=given.country,
        actor=actor,
        at=at,
    )
    document = open_paper(partner, Paper.BANK_FORM, None, actor=actor, at=at)
    used = current_account(partner_id, program_day(at))
    waits = document.account if document.state == State.PENDING else None
    if waits is not None and _is_same(account, waits):
        return document
    if waits is None and used is not None and _is_same(account, used):
        return used.form
    if document.state != State.IN_PROGRESS:
        take_back(document, actor=actor, at=at)
    account.save()
    document.account = account
    submit_paper(
        document,
        action="commissions.bank_changed",
        changes={"account": (_logged(used) if used else None, _logged(account))},
        actor=actor,
        at=at,
    )
    tell_bank_changed(account, document, at=at)
    _write_to_owners(partner, account)
    return document


@transaction.atomic
def show_number(*, account_id: int, actor: User, at: datetime) -> str:
    """Return an account number in clear, and write down who had it shown when.

    The caller shows it in the one answer and keeps it nowhere. Raises `SealError`.
    """
    account = BankAccount.objects.get(pk=account_id)
    number = open_seal(account)
    audit.record(
        "commissions.bank_number_shown",
        actor=actor,
        at=at,
        partner_id=account.partner_id,
        of=account,
    )
    return number


def masked(account: BankAccount) -> str:
    """Return an account number as pages, letters and logs show it."""
    return f"{MASK} {account.tail}"


def masked_code(account: BankAccount) -> str:
    """Return the end of a clearing code, never more than half of it; "" without one.

    The code is no secret, but beside the end of a number it narrows down whose it is.
    """
    code = account.clearing
    return f"{MASK} {code[-min(4, len(code) // 2) :]}" if code else ""


def send_bank_letter(*, account_id: int, person_id: int) -> None:
    """Write to an owner that another account was named, and by whom."""
    account = BankAccount.objects.select_related("partner", "actor").get(pk=account_id)
    person = Person.objects.select_related("user").get(pk=person_id)
    send_letter(
        "bank_changed",
        to=person.email,
        language=person.user.language if person.user else account.actor.language,
        message_id=f"bank-{account.public_id}-{person.public_id}",
        account=account,
        number=masked(account),
        code=masked_code(account),
        code_name=CODE_NAMES[account.clearing_system] if account.clearing else "",
        company=account.partner.name,
        url=portal_address(reverse("commissions:bank")),
    )


def _logged(account: BankAccount) -> str:
    """Return an account as the log has it, in no language: its ends, and its system."""
    if not account.clearing:
        return masked(account)
    return f"{masked(account)}, {account.clearing_system} {masked_code(account)}"


def _is_same(one: BankAccount, other: BankAccount) -> bool:
    """Say whether two accounts are the same in everything, the number included."""
    names = (
        *("holder", "tail", "bic", "clearing", "bank_country", "currency"),
        *("street", "postcode", "town", "country"),
    )
    if any(getattr(one, name) != getattr(other, name) for name in names):
        return False
    return open_seal(one) == open_seal(other)


def _write_to_owners(partner: Partner, account: BankAccount) -> None:
    """Put a letter to each owner, whether or not there is an account to sign in with."""
    owners = Person.objects.active().filter(partner=partner, role=Role.OWNER)
    for person_id in owners.values_list("pk", flat=True):
        outbox.put(
            "commissions.bank_letter",
            key=f"bank-letter:{account.pk}:{person_id}",
            account_id=account.pk,
            person_id=person_id,
        )
