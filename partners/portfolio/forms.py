"""The base of forms that edit a row in the back office."""

from __future__ import annotations

from typing import TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model

ModelT = TypeVar("ModelT", bound=Model)


class PortfolioForm(forms.ModelForm[ModelT]):
    """A form that checks every constraint of the row before the database does.

    Django leaves out those with a column that is not on the form, and the answer would be
    an error page.
    """

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # Django's hook, not in the stubs
        if self.errors:
            return
        try:
            self.instance.validate_constraints()
        except ValidationError as error:
            self.add_error(None, ValidationError(error.messages))
