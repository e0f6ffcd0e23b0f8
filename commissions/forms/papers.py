"""What people fill in to file a paper, or to name a bank account.

Several of these stand on one page, so each has an `auto_id` of its own.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commissions.models import PayoutDocument
from commissions.models.papers import MAX_FILE_BYTES
from commissions.services.bank import Account
from commissions.services.bank_numbers import (
    BankDetailError,
    Number,
    needs_bic,
    read_bic,
    read_clearing,
    read_number,
)
from commissions.services.bank_texts import LONGEST, unread, unread_words
from commissions.services.papers import Invoice
from deals.forms.checks import TerritoryField
from program.money import InvalidMoneyError, Money
from program.payout import Need, Paper
from ui.forms import DayField, TextField
from ui.uploads import SCANS, Upload, UploadError, read_upload


class PaperForm(forms.Form):
    """One paper, for one need; of an invoice also what it says."""

    paper = forms.ChoiceField(label=gettext_lazy("Which form"), choices=())
    quarter = DayField(required=False, widget=forms.HiddenInput())
    file = forms.FileField(label=gettext_lazy("File"), max_length=255)
    signed_on = DayField(label=gettext_lazy("Signed or issued on"))
    number = TextField(label=gettext_lazy("Invoice number"), max_length=40)
    amount = TextField(label=gettext_lazy("Amount"), max_length=30)

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        need: Need,
        quarter: date | None,
        currency: str,
        **options: Any,
    ) -> None:
        self.of_quarter, self.currency = quarter, currency
        key = f"{need.papers[0].value}_{quarter or 'once'}"
        super().__init__(
            data,
            files,
            auto_id=f"{key}_%s",
            use_required_attribute=False,
            initial={"quarter": quarter, "paper": need.papers[0].value},
            **options,
        )
        paper = self.fields["paper"]
        assert isinstance(paper, forms.ChoiceField)
        paper.choices = [
            (each.value, PayoutDocument.Kind(each.value).label) for each in need.papers
        ]
        if len(need.papers) == 1:
            paper.widget = forms.HiddenInput()
        if quarter is None:
            del self.fields["quarter"]
        self.fields["file"].help_text = _("At most %(size)s MB: %(kinds)s.") % {
            "size": MAX_FILE_BYTES // 1024**2,
            "kinds": ", ".join(SCANS),
        }
        if Paper.TAX_INVOICE in need.papers:
            self.fields["amount"].label = _("Amount in %(currency)s") % {
                "currency": currency
            }
        else:
            del self.fields["number"], self.fields["amount"]

    def clean_file(self) -> Upload:
        file = self.cleaned_data["file"]
        try:
            return read_upload(
                file, name=file.name, allowed=SCANS, max_bytes=MAX_FILE_BYTES
            )
        except UploadError as error:
            raise forms.ValidationError(str(error)) from error

    def clean_amount(self) -> int:
        text = "".join(self.cleaned_data["amount"].split()).replace(",", ".")
        try:
            money = Money.of(text, self.currency)
        except InvalidMoneyError:
            raise forms.ValidationError(_("Write an amount, like 1234.50.")) from None
        if money.minor < 1:
            raise forms.ValidationError(_("An amount is more than nothing."))
        return money.minor

    def invoice(self) -> Invoice | None:
        """Return what the invoice says, of a form that is valid; None for another."""
        if "amount" not in self.fields:
            return None
        return Invoice(
            number=self.cleaned_data["number"],
            amount_minor=self.cleaned_data["amount"],
            currency=self.currency,
        )


class SecretInput(forms.TextInput):
    """A line whose content no page repeats, not even the one that refuses it."""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        return super().get_context(name, None, attrs)


class BankForm(forms.Form):
    """The account a company is paid to. The number is asked for again after an error."""

    holder = TextField(
        label=gettext_lazy("Account holder"),
        max_length=LONGEST["holder"],
        help_text=gettext_lazy("As the bank knows it: the company."),
    )
    bank_country = TerritoryField(label=gettext_lazy("Country of the bank"))
    number = TextField(
        label=gettext_lazy("IBAN, or account number where there is none"),
        max_length=50,
        widget=SecretInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy("It is kept under a seal; pages show its end alone."),
    )
    bic = TextField(
        label=gettext_lazy("BIC"),
        max_length=14,
        required=False,
        help_text=gettext_lazy("Needed where there is neither an IBAN nor a code."),
    )
    clearing = TextField(
        label=gettext_lazy("National code of the bank"),
        max_length=20,
        required=False,
        help_text=gettext_lazy(
            "Beside an account number: ABA routing number (United States), transit and "
            "institution number (Canada, as 00102-003), sort code (United Kingdom), BSB "
            "(Australia), IFSC (India), bank and branch number (New Zealand)."
        ),
    )
    street = TextField(
        label=gettext_lazy("Street and number"),
        max_length=LONGEST["street"],
        required=False,
    )
    postcode = TextField(
        label=gettext_lazy("Postcode"), max_length=LONGEST["postcode"], required=False
    )
    town = TextField(label=gettext_lazy("Town"), max_length=LONGEST["town"])
    country = TerritoryField(label=gettext_lazy("Country of the holder"))

    def __init__(self, data: Any = None, **options: Any) -> None:
        super().__init__(data, use_required_attribute=False, **options)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in unread(cleaned):
            self.add_error(name, unread_words())
        country = cleaned.get("bank_country")
        if not country:
            return cleaned
        number: Number | None = None
        bic = ""
        try:
            if "number" in cleaned:
                number = read_number(cleaned["number"], country=country)
        except BankDetailError as error:
            self.add_error(error.name, str(error))
        try:
            if "bic" in cleaned:
                needed = needs_bic(number, country=country)
                bic = read_bic(cleaned["bic"], country=country, needed=needed)
        except BankDetailError as error:
            self.add_error(error.name, str(error))
        try:
            if "clearing" in cleaned and "bic" in cleaned:
                read_clearing(
                    cleaned["clearing"], country=country, number=number, bic=bic
                )
        except BankDetailError as error:
            self.add_error(error.name, str(error))
        return cleaned

    def account(self) -> Account:
        """Return the account, of a form that is valid."""
        return Account(**{name: self.cleaned_data[name] for name in self.fields})
