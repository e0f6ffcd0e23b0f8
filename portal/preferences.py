"""/settings/: language and time zone, and the way to password, factors and sessions."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from allauth.mfa.utils import is_mfa_enabled
from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from partners.services.accounts import store_preferences
from portal.second_factor import FACTORS
from ui.http import SignedInRequest, render_form, sent
from ui.query import Query


class LanguageSelect(forms.Select):
    """Each language is named in itself, and said to be in it."""

    def create_option(self, name: str, value: Any, *args: Any, **options: Any) -> Any:
        option = super().create_option(name, value, *args, **options)
        option["attrs"]["lang"] = str(value)
        return option


class PreferencesForm(forms.Form):
    """What decides how the portal speaks to somebody."""

    language = forms.ChoiceField(label=gettext_lazy("Language"), widget=LanguageSelect)
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        help_text=gettext_lazy(
            "Moments are shown in it. The programme’s days are the same for everybody."
        ),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        names = {"en": "English", "fr": "Français"}
        self.fields["language"].choices = [  # type: ignore[attr-defined]
            (code, names.get(code, label)) for code, label in settings.LANGUAGES
        ]
        self.fields["time_zone"].choices = [  # type: ignore[attr-defined]
            (zone, zone.replace("_", " ")) for zone in sorted(available_timezones())
        ]


@require_http_methods(["GET", "POST"])
def preferences(request: SignedInRequest) -> HttpResponse:
    """Show and store somebody's own settings."""
    Query(request.GET, known=())
    user = request.user
    known = {"language": user.language, "time_zone": user.time_zone}
    form = PreferencesForm(sent(request), initial=known)
    if form.is_valid():
        store_preferences(user=user, **form.cleaned_data)
        with translation.override(user.language):
            messages.success(request, _("Your settings are stored."))
        return redirect("portal:settings")
    context = {
        "has_factor": is_mfa_enabled(user, FACTORS),
        "company": user.partner,
    }
    return render_form(request, "portal/settings.html", context, form=form)
