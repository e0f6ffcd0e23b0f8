"""What the client answers about a partner's part in a deal."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from deals.models import ProofRequest
from ui.forms import TextField


class ProofAnswerForm(forms.Form):
    """Yes or no, signed with a name; a remark if there is one."""

    answer = forms.ChoiceField(
        label=_("Does the company work with you on this purchase?"),
        choices=[
            (ProofRequest.Answer.CONFIRMED, _("Yes, it is involved")),
            (ProofRequest.Answer.DENIED, _("No, it is not")),
        ],
        widget=forms.RadioSelect,
    )
    signed_as = TextField(label=_("Your name"), max_length=200)
    remark = TextField(
        label=_("Remark"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("The company and its growth specialist read it."),
    )
