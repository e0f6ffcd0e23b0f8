"""The forms of the rulebook's pages: one field per value, so that nobody types TOML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, Final, NamedTuple

from babel import Locale
from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.receipts.edition_labels import WORDS, label, section_title
from partners.services.rulebook import Changes
from partners.services.rulebook.drafts import Territory, newest_published
from program.rulebook import (
    Edition,
    Entry,
    Kind,
    MatchingConditions,
    Region,
    Tier,
    UpgradeSchedule,
    Value,
    entries,
    features_of,
)
from program.territories import TERRITORIES
from ui.forms import DayField, LongTextField, TextField

_DIGITS: Final = re.compile(r"[0-9]{1,18}", re.ASCII)
_NUMBER: Final = re.compile(r"[0-9]+(\.[0-9]+)?", re.ASCII)
_CODES: Final = re.compile(r"[\s,;]+")
_UNITS: Final = "points.units"
_MARKETS: Final = "growth.territories"
_BENEFIT_COLUMNS: Final = frozenset(
    {"levels", "refused", "exceptional", "eligibility", "paid", "en", "fr"}
)
_CHOICES: Final[Mapping[str, type[StrEnum]]] = {
    "minimum_tier": Tier,
    "standard_tier": Tier,
    "upgrade_schedule": UpgradeSchedule,
    "motion": Kind,
    "region": Region,
    "provider_edition": Edition,
    "partner_edition": Edition,
    "conditions": MatchingConditions,
}
_FEATURES: Final = {
    "appeals": gettext_lazy("Appeals against losing a tier"),
    "warnings": gettext_lazy("Warnings before a certification expires"),
    "second_factor": gettext_lazy("Two-factor sign-in for everybody of a company"),
}
_NARROW: Final = 20
_WIDE: Final = 100
_YES_NO: Final = (("true", gettext_lazy("yes")), ("false", gettext_lazy("no")))


class DraftForm(forms.Form):
    """What begins a draft; everything else is copied from the newest edition."""

    code = TextField(
        label=gettext_lazy("Code"),
        max_length=20,
        help_text=gettext_lazy("Letters, digits, dots and dashes, such as 2027-A."),
    )
    title = TextField(
        label=gettext_lazy("Title"),
        max_length=200,
        widget=forms.TextInput(attrs={"size": 60}),
    )
    title_fr = TextField(
        label=gettext_lazy("Title in French"),
        max_length=200,
        widget=forms.TextInput(attrs={"size": 60}),
    )
    effective_on = DayField(label=gettext_lazy("Holds from"))
    features = forms.MultipleChoiceField(
        label=gettext_lazy("Not in the newest edition yet"),
        help_text=gettext_lazy(
            "The newest edition does not name these rules, so they do not hold. What you "
            "choose is added with the values of the guide; the draft may change them."
        ),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lacking = features_of(newest_published().document)
        offered = self.fields.pop("features")
        assert isinstance(offered, forms.MultipleChoiceField)
        if lacking:
            offered.choices = [(one, _FEATURES[one]) for one in lacking]
            self.fields["features"] = offered


class ReasonForm(forms.Form):
    reason = TextField(label=gettext_lazy("Reason"), max_length=500)


class ApprovalForm(forms.Form):
    """What publishing asks for: that the second person has looked."""

    checked = forms.BooleanField(
        label=gettext_lazy("I have read the rehearsal, and what differs"),
        help_text=gettext_lazy(
            "From its day on the edition decides about points and tiers. It can never be "
            "changed again, and every partner gets a letter about it."
        ),
    )


class Group(NamedTuple):
    """The fields of a section."""

    title: str
    fields: list[BoundField]


class EditionForm(forms.Form):
    """All values of a draft. What the rules say of them, the service says by name."""

    sha256 = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, data: Any = None, *, document: str, sha256: str) -> None:
        super().__init__(data, initial={"sha256": sha256})
        self.entries = {
            entry.name: entry for entry in entries(document) if _is_edited(entry)
        }
        self.sections: dict[str, list[str]] = {}
        for entry in self.entries.values():
            self._add(entry.section, entry.name, _field(entry))
        self._add_units()
        self.markets = _markets(document)
        for region in Region:
            self._add("growth", f"growth.{region}", _market_field(region, self.markets))

    @property
    def groups(self) -> list[Group]:
        return [
            Group(section_title(section), [self[name] for name in names])
            for section, names in self.sections.items()
        ]

    def faulty(self) -> Iterator[BoundField]:
        """Yield the fields with an error, for the summary, as they stand on the page."""
        return (self[name] for name in self.fields if name in self.errors)

    def changes(self) -> Changes:
        """Return what differs from the draft, for the service."""
        values: dict[str, Value] = {}
        dropped = set()
        for name, entry in self.entries.items():
            given = self.cleaned_data[name]
            if given == "" and entry.key.startswith(f"{_UNITS}."):
                dropped.add(name)
            else:
                values[name] = _value(given, entry)
        wanted = {
            code: region
            for region in Region
            for code in self.cleaned_data[f"growth.{region}"]
        }
        gone = dict(self.markets.items() - wanted.items())
        come = sorted(wanted.items() - self.markets.items())
        currency = self.cleaned_data["new_currency"].upper()
        units = {currency: _plain(self.cleaned_data["new_unit"])} if currency else {}
        return Changes(
            values=values,
            units=units,
            territories=tuple(_territory(code, region) for code, region in come),
            dropped=frozenset(dropped | {f"{_MARKETS}.{code}" for code in gone}),
        )

    def refuse(self, errors: Mapping[str, str]) -> None:
        """Show what the service says of values at their fields."""
        for name, why in errors.items():
            field, words = name, why
            if name.startswith(f"{_MARKETS}."):
                code = name.split(".")[2]
                region = self.markets.get(code) or self._region_of(code)
                field, words = f"growth.{region}", f"{code}: {why}"
            elif name.startswith(f"{_UNITS}.") and name not in self.fields:
                field = "new_currency"
            known = field in self.fields
            self.add_error(field if known else None, words if known else f"{name}: {why}")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if bool(cleaned.get("new_currency")) != bool(cleaned.get("new_unit")):
            self.add_error("new_unit", _("A currency needs the worth of one unit."))
        seen: dict[str, Region] = {}
        for region in Region:
            for code in cleaned.get(f"growth.{region}", ()):
                if code in seen:
                    words = _("%(code)s stands in another region, too.")
                    self.add_error(f"growth.{region}", words % {"code": code})
                seen[code] = region
        return cleaned

    def _add(self, section: str, name: str, field: forms.Field) -> None:
        self.fields[name] = field
        self.sections.setdefault(section, []).append(name)

    def _add_units(self) -> None:
        self._add(
            "points",
            "new_currency",
            TextField(
                label=gettext_lazy("Another currency"), required=False, max_length=3
            ),
        )
        self._add(
            "points",
            "new_unit",
            TextField(
                label=gettext_lazy("One unit of it"), required=False, max_length=20
            ),
        )

    def _region_of(self, code: str) -> str:
        return next(
            (
                region
                for region in Region
                if code in self.cleaned_data.get(f"growth.{region}", ())
            ),
            "",
        )


class CodesField(LongTextField):
    """Codes of territories, in any order."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        codes = tuple(dict.fromkeys(filter(None, _CODES.split(text.upper()))))
        unknown = [code for code in codes if code not in TERRITORIES]
        if unknown:
            raise ValidationError(
                _("No ISO 3166-1 territory: %(codes)s.")
                % {"codes": ", ".join(unknown[:5])}
            )
        return codes


def _is_edited(entry: Entry) -> bool:
    if entry.section == "benefits":
        return entry.column in _BENEFIT_COLUMNS
    return entry.section != "growth" and entry.name != "edition.code"


def _field(entry: Entry) -> forms.Field:
    value = entry.value
    options: dict[str, Any] = {
        "label": label(entry),
        "help_text": entry.rule if entry.section != "rules" else "",
        "initial": _text(value),
    }
    if isinstance(value, bool):
        return forms.ChoiceField(choices=_YES_NO, **options)
    if isinstance(value, date):
        return DayField(**{**options, "initial": value})
    words = _CHOICES.get(entry.column or str(entry.path[-2]))
    if words is not None:
        choices = [(one.value, WORDS.get(one.value, one.value)) for one in words]
        return forms.ChoiceField(choices=choices, **options)
    required = not entry.key.startswith(f"{_UNITS}.")
    if not required:
        options["help_text"] = _("%(rule)s. Empty takes it off the scale.") % {
            "rule": entry.rule
        }
    field = TextField(required=required, max_length=300, **options)
    # As wide as what stands in it: sentences are read while they are written.
    field.widget.attrs["size"] = min(max(len(_text(value)) + 4, _NARROW), _WIDE)
    return field


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(value)


def _value(given: Any, entry: Entry) -> Value:
    """Return what was filled in as the document holds it; the rules judge it later."""
    old = entry.value
    if isinstance(old, bool):
        return bool(given == "true")
    if not isinstance(given, str):
        return given  # type: ignore[no-any-return]  # a day
    if isinstance(old, tuple):
        parts = [part.strip() for part in given.split(",")]
        return tuple(_plain(part) for part in parts if part)
    if given == _text(old):
        return old
    is_number = isinstance(old, int) or _NUMBER.fullmatch(str(old)) is not None
    return _plain(given) if is_number else given


def _plain(text: str) -> int | str:
    """Return whole digits as a number, and everything else as it is written."""
    return int(text) if _DIGITS.fullmatch(text) else text


def _markets(document: str) -> dict[str, Region]:
    return {
        str(entry.path[2]): Region(str(entry.value))
        for entry in entries(document)
        if entry.section == "growth" and entry.column == "region"
    }


def _market_field(region: Region, markets: Mapping[str, Region]) -> forms.Field:
    codes = sorted(code for code, inside in markets.items() if inside is region)
    return CodesField(
        label=str(WORDS[region.value]),
        help_text=_("Codes of ISO 3166-1; the factor above holds in them."),
        initial=" ".join(codes),
        required=False,
        max_length=2_000,
    )


def _territory(code: str, region: Region) -> Territory:
    """Return a growth market with its names in the languages of the rulebook."""
    names = {
        language: Locale.parse(language).territories.get(code, code)
        for language in ("en", "fr")
    }
    return Territory(code=code, en=names["en"], fr=names["fr"], region=region)
