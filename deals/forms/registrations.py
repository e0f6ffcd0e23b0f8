"""The form of a registration: a short first step, then the rest, all of it kept."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.models import Client
from deals.forms.checks import DomainsField, TerritoryField
from deals.models import Registration
from deals.services.registrations.given import VALUES, Given, Line
from deals.services.registrations.rows import MAX_DOMAINS, MAX_LINES
from partners.models import OwnEdition, Person
from program.money import CURRENCIES, InvalidMoneyError, Money
from program.rulebook import Rulebook
from ui.forms import DayField, FilterForm, LongTextField, TextField


class FirstStepForm(forms.Form):
    """Who the prospect is: all it takes to begin."""

    company = TextField(label=gettext_lazy("Company"), max_length=200)
    domains = DomainsField(
        label=gettext_lazy("Domains"),
        help_text=gettext_lazy(
            "Of its website; several with a space between. Prospects are told apart by "
            "them."
        ),
        at_most=MAX_DOMAINS,
    )
    country = TerritoryField(label=gettext_lazy("Country or territory"))

    def given(self) -> Given:
        cleaned = self.cleaned_data
        values = {name: cleaned[name] for name in ("company", "country")}
        # A name to begin with; it can be changed on the next page.
        return Given(
            values={**values, "name": cleaned["company"]}, domains=cleaned["domains"]
        )


class RegistrationForm(forms.Form):
    """Everything about a registration but its product lines.

    `only` leaves those fields alone that may be changed. Not `strict`, nothing is needed:
    what can be read is kept, and what is missing may come later.
    """

    company = TextField(label=gettext_lazy("Company"), max_length=200)
    domains = DomainsField(
        label=gettext_lazy("Domains"),
        help_text=gettext_lazy("Of its website; several with a space between."),
        at_most=MAX_DOMAINS,
    )
    country = TerritoryField(label=gettext_lazy("Country or territory"))
    segment = forms.ChoiceField(
        label=gettext_lazy("Segment"), choices=[("", "–"), *Client.Segment.choices]
    )
    first_name = TextField(label=gettext_lazy("Contact: first name"), max_length=100)
    last_name = TextField(label=gettext_lazy("Contact: last name"), max_length=100)
    email = forms.EmailField(label=gettext_lazy("Contact: e-mail"), max_length=254)
    name = TextField(
        label=gettext_lazy("Name of the deal"),
        help_text=gettext_lazy("What both sides call it."),
        max_length=200,
    )
    expected_close_on = DayField(label=gettext_lazy("Expected close"))
    owner = forms.ModelChoiceField(
        Person.objects.none(),
        label=gettext_lazy("Deal owner"),
        help_text=gettext_lazy("Whom of you the vendor talks to."),
    )
    need = LongTextField(
        label=gettext_lazy("What the client needs"), max_length=4_000, required=False
    )
    next_step = TextField(label=gettext_lazy("Next step"), max_length=300, required=False)
    intro_note = LongTextField(
        label=gettext_lazy("Note to the vendor’s seller"),
        max_length=4_000,
        required=False,
    )
    introduced_by_vendor = forms.BooleanField(
        label=gettext_lazy("The vendor introduced us to this client"),
        help_text=gettext_lazy(
            "Such a deal is assisted; every other one is proposed as sourced. You can "
            "contest the proposal until the deal is closed."
        ),
        required=False,
    )
    data_is_lawful = forms.BooleanField(
        label=gettext_lazy("The contact agreed that we pass on this data")
    )

    def __init__(
        self,
        data: Any = None,
        *,
        registration: Registration,
        only: Collection[str] | None = None,
        strict: bool = True,
    ) -> None:
        initial = {name: getattr(registration, name) for name in VALUES}
        rows = registration.domains.order_by("pk")
        initial["domains"] = list(rows.values_list("domain__name", flat=True))
        super().__init__(data, initial=initial, use_required_attribute=False)
        self.strict = strict
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ModelChoiceField)
        owner.queryset = Person.objects.active().filter(partner=registration.partner_id)
        for name in list(self.fields):
            if only is not None and name not in only:
                del self.fields[name]

    def full_clean(self) -> None:
        """Read what was sent; a draft needs nothing, however its labels read."""
        needed = {name for name, field in self.fields.items() if field.required}
        for name in needed:
            self.fields[name].required = self.strict
        super().full_clean()
        for name in needed:
            self.fields[name].required = True

    def kept(self) -> tuple[dict[str, Any], list[str] | None]:
        """Return the values and the domains that could be read."""
        values = dict(self.cleaned_data)
        domains = values.pop("domains", None)
        return values, domains

    def complain(self, missing: Collection[str]) -> None:
        """Say at the fields what has to be there before it is submitted."""
        for name in missing:
            if name in self.fields and name not in self.errors:
                self.add_error(name, _("This is needed to submit it."))


class LineForm(forms.Form):
    """One product line; an empty one is none."""

    product_line = forms.ChoiceField(label=gettext_lazy("Product"), required=False)
    edition = forms.ChoiceField(
        label=gettext_lazy("Edition"),
        choices=[("", "–"), *OwnEdition.choices],
        required=False,
    )
    amount = TextField(
        label=gettext_lazy("Net MRR"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    currency = forms.ChoiceField(
        label=gettext_lazy("Currency"),
        choices=[(code, code) for code in sorted(CURRENCIES)],
        required=False,
    )
    credits = forms.IntegerField(
        label=gettext_lazy("Credits"), min_value=0, max_value=10**9, required=False
    )

    def __init__(
        self, *args: Any, products: list[tuple[str, str]], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        choice = self.fields["product_line"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [("", "–"), *products]

    @property
    def says_something(self) -> bool:
        """Whether anything but the currency was filled in."""
        said = ("product_line", "edition", "amount", "credits")
        return any(self.cleaned_data.get(name) not in ("", None) for name in said)

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if self.errors or not self.says_something:
            return cleaned
        for name in ("product_line", "edition", "amount", "currency"):
            if not cleaned.get(name):
                self.add_error(name, _("A product line needs this."))
        if not self.errors:
            cleaned["line"] = self._line(cleaned)
        return cleaned

    def _line(self, cleaned: dict[str, Any]) -> Line | None:
        # French writes 1 234,50: spaces out, one comma for the point.
        amount = "".join(cleaned["amount"].split()).replace(",", ".")
        try:
            money = Money.of(amount, cleaned["currency"])
        except InvalidMoneyError:
            self.add_error("amount", _("Write an amount, like 1234.50."))
            return None
        if money.minor <= 0:
            self.add_error("amount", _("An amount is more than nothing."))
            return None
        return Line(
            product_line=cleaned["product_line"],
            edition=cleaned["edition"],
            mrr_minor=money.minor,
            currency=money.currency,
            credits=cleaned.get("credits"),
        )


class BaseLines(forms.BaseFormSet[LineForm]):
    """The product lines of a registration, each product once."""

    def clean(self) -> None:
        seen: set[str] = set()
        for form in self.forms:
            line = form.cleaned_data.get("line") if form.is_valid() else None
            if line is None:
                continue
            if line.product_line in seen:
                raise ValidationError(_("Each product stands in one line."))
            seen.add(line.product_line)

    def lines(self) -> list[Line]:
        """Return the lines that were filled in, of a valid set."""
        return list(self._read())

    def _read(self) -> Iterator[Line]:
        for form in self.forms:
            if line := form.cleaned_data.get("line"):
                yield line


SPARE: Final = 2
"""Empty lines below those that are filled in."""


def line_forms(
    data: Any, *, registration: Registration, rulebook: Rulebook, more: int = 0
) -> BaseLines:
    """Return the product lines of a registration to be filled in, some of them empty."""
    lines = list(registration.lines.order_by("pk"))
    room = max(0, min(SPARE + more, MAX_LINES - len(lines)))
    factory: Any = forms.formset_factory(
        LineForm,
        formset=BaseLines,
        extra=0,
        max_num=MAX_LINES,
        absolute_max=MAX_LINES,
        validate_max=True,
    )
    currency = registration.partner.payout_currency
    products = {code: each.name for code, each in rulebook.products.items()}
    # What an edition no longer has stays readable; it has to be replaced to submit.
    for line in lines:
        products.setdefault(line.product_line, line.product_line)
    formset: BaseLines = factory(
        data,
        prefix="lines",
        initial=[
            {
                "product_line": line.product_line,
                "edition": line.edition,
                "amount": f"{Money(line.mrr_minor, line.currency).amount:f}",
                "currency": line.currency,
                "credits": line.credits,
            }
            for line in lines
        ]
        + [{"currency": currency}] * room,
        form_kwargs={"products": sorted(products.items(), key=lambda pair: pair[1])},
    )
    return formset


class WordsForm(forms.Form):
    """The answer to a question, as far as the fields in question do not give it."""

    words = LongTextField(
        label=gettext_lazy("Your answer in words"),
        help_text=gettext_lazy("It stands in the history that both sides see."),
        max_length=2_000,
        required=False,
    )


class AppealForm(forms.Form):
    """Why a refusal is wrong."""

    text = LongTextField(
        label=gettext_lazy("Why is the refusal wrong?"),
        help_text=gettext_lazy("Somebody else than before decides. There is one appeal."),
        max_length=4_000,
    )


class RegistrationFilterForm(FilterForm):
    """Text, and where registrations stand."""

    q = TextField(label=gettext_lazy("Company, deal or number"), required=False)
    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        choices=[("", gettext_lazy("All states")), *Registration.State.choices],
        required=False,
    )

    def narrow(self, registrations: Any) -> Any:
        chosen = self.cleaned
        if "q" in chosen:
            text = chosen["q"]
            named = Q(company__icontains=text) | Q(name__icontains=text)
            registrations = registrations.filter(named) | registrations.numbered(text)
        if "state" in chosen:
            registrations = registrations.filter(state=chosen["state"])
        return registrations
