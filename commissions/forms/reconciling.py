"""The spreadsheet that somebody sends, and which of its columns is which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commissions.services.comparing import (
    FIELDS,
    MAX_BYTES,
    MAX_ROWS,
    Grid,
    SheetError,
    grid_of_file,
    grid_of_text,
    recognised,
    text_of,
)
from ui import formats

LABELS: Mapping[str, str | Promise] = {
    "deal": gettext_lazy("Deal, by name or reference"),
    "product_line": gettext_lazy("Product line"),
    "month": gettext_lazy("Month"),
    "amount": gettext_lazy("Amount"),
    "currency": gettext_lazy("Currency"),
}


class SpreadsheetForm(forms.Form):
    """A CSV or XLSX; its lines are compared, and not kept."""

    file = forms.FileField(
        label=gettext_lazy("Your spreadsheet, CSV or XLSX"), max_length=255
    )

    def __init__(self, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, use_required_attribute=False)
        self.fields["file"].help_text = _(
            "At most %(size)s MB and %(rows)s lines, with columns for the deal, the "
            "product line, the month, the amount and the currency. Values, no formulas."
        ) % {"size": MAX_BYTES // 1024**2, "rows": formats.number(MAX_ROWS)}

    def clean_file(self) -> Grid:
        file = self.cleaned_data["file"]
        try:
            return grid_of_file(file, name=file.name)
        except SheetError as error:
            raise forms.ValidationError(str(error)) from error


class ColumnsForm(forms.Form):
    """Which column is which, of a sheet that comes along as text.

    What was recognised is chosen already.
    """

    sheet = forms.CharField(widget=forms.HiddenInput, strip=False)

    def __init__(self, data: Any = None, *, grid: Grid | None = None) -> None:
        super().__init__(data, use_required_attribute=False)
        self.grid = grid
        if grid is None and data is not None:
            try:
                self.grid = grid_of_text(str(data.get("sheet", "")))
            except SheetError as error:
                self.refusal = str(error)
        found = recognised(self.grid) if self.grid else {}
        titles = self.grid.header if self.grid else ()
        for field in FIELDS:
            self.fields[field] = forms.TypedChoiceField(
                label=str(LABELS[field]),
                choices=[
                    ("", "–"),
                    *((str(n), each or f"{n + 1}") for n, each in enumerate(titles)),
                ],
                coerce=int,
                initial=str(found[field]) if field in found else "",
            )
        if self.grid and data is None:
            self.initial["sheet"] = text_of(self.grid)

    refusal = ""

    def clean(self) -> dict[str, Any]:
        """Refuse a sheet that cannot be read, and one column for two things."""
        cleaned = super().clean() or self.cleaned_data
        if self.refusal:
            raise forms.ValidationError(self.refusal)
        places = [cleaned[field] for field in FIELDS if field in cleaned]
        if len(set(places)) < len(places):
            raise forms.ValidationError(_("A column can be only one of them."))
        return cleaned

    @property
    def columns(self) -> dict[str, int]:
        """Field → column, of a form that is valid."""
        return {field: self.cleaned_data[field] for field in FIELDS}
