"""What people fill in on the page of a shared deal.

Several of these stand on one page, so each has an `auto_id` of its own.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from deals.models import Deal, DealFile, DealRequest
from deals.models.shared import MAX_FILE_BYTES
from deals.services.sharing.filing import ALLOWED
from deals.services.sharing.requesting import Plan
from deals.services.sharing.teams import may_join
from deals.services.sharing.writing import FIELDS, PARTNERS_OWN
from deals.shared_facts import FIELD_FACTS
from partners.models import Person, User
from ui.forms import DayField, LongTextField, TextField


class DealForm(forms.Form):
    """A form of the page; `key` sets its ids apart from those of the others."""

    key: str

    def __init__(self, data: Any = None, *args: Any, **options: Any) -> None:
        options.setdefault("auto_id", f"{self.key}_%s")
        options.setdefault("use_required_attribute", False)
        super().__init__(data, *args, **options)


class CommentForm(DealForm):
    """A comment; staff may keep it among themselves."""

    key = "comment"

    text = LongTextField(label=_("Comment"), max_length=4_000)
    internal = forms.BooleanField(
        label=_("Internal note: the partner never sees it"), required=False
    )

    def __init__(self, data: Any = None, *, user: User, **options: Any) -> None:
        super().__init__(data, **options)
        if not user.is_staff:
            del self.fields["internal"]


class FieldsForm(DealForm):
    """The fields of an open deal that somebody may change."""

    key = "fields"

    name = TextField(label=_("Name"), max_length=200)
    pipeline = forms.ChoiceField(label=_("Pipeline stage"), choices=Deal.Pipeline)
    expected_close_on = DayField(label=_("Expected close"), required=False)
    next_step = TextField(label=_("Next step"), max_length=300, required=False)
    need = LongTextField(
        label=_("What the client needs"), max_length=4_000, required=False
    )
    owner = forms.ModelChoiceField(
        Person.objects.none(), label=_("Deal owner"), required=False
    )

    def __init__(
        self, data: Any = None, *, deal: Deal, user: User, **options: Any
    ) -> None:
        initial = {each: getattr(deal, each) for each in FIELDS}
        super().__init__(data, initial=initial, **options)
        for each in self.fields:
            fact = FIELD_FACTS[each]
            self.fields[each].help_text = _("Owned by %(owner)s; %(sync)s.") % {
                "owner": fact.owner,
                "sync": fact.sync,
            }
        for each in PARTNERS_OWN if user.is_staff else ():
            del self.fields[each]
        owner = self.fields.get("owner")
        if isinstance(owner, forms.ModelChoiceField):
            # Whoever owned it and has left stays to be seen until somebody else does.
            people = Person.objects.filter(
                Q(left_on=None) | Q(pk=deal.owner_id or 0), partner=deal.partner_id
            )
            owner.queryset = people.order_by("last_name", "first_name")


class MoveForm(DealForm):
    """Another stage of the pipeline, from the board."""

    key = "move"

    pipeline = forms.ChoiceField(label=_("Move to"), choices=Deal.Pipeline)


class TeamForm(DealForm):
    """Somebody of the own side who is to follow the deal."""

    key = "team"

    user = forms.ModelChoiceField(User.objects.none(), label=_("Person"))

    def __init__(
        self, data: Any = None, *, deal: Deal, user: User, **options: Any
    ) -> None:
        super().__init__(data, **options)
        field = self.fields["user"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = may_join(deal, staff=user.is_staff)


class MemberForm(forms.Form):
    """Who leaves the team; sent by a button."""

    member = forms.IntegerField(min_value=1, max_value=2**63 - 1)


class FileForm(DealForm):
    """A file; staff may keep it among themselves."""

    key = "file"

    file = forms.FileField(
        label=_("File"),
        max_length=255,
    )
    internal = forms.BooleanField(
        label=_("Internal: the partner never sees it"), required=False
    )

    def __init__(
        self, data: Any = None, files: Any = None, *, user: User, **options: Any
    ) -> None:
        super().__init__(data, files, **options)
        self.fields["file"].help_text = _("At most %(size)s MB: %(kinds)s.") % {
            "size": MAX_FILE_BYTES // 1024**2,
            "kinds": ", ".join(ALLOWED),
        }
        if not user.is_staff:
            del self.fields["internal"]


class ContestForm(DealForm):
    """Why the motion is the other one."""

    key = "contest"

    reason = LongTextField(label=_("Why it is the other motion"), max_length=2_000)


class DecideMotionForm(DealForm):
    """What the vendor decides about the motion."""

    key = "decide"

    motion = forms.ChoiceField(
        label=_("The deal is"), choices=Deal.Motion, widget=forms.RadioSelect
    )
    reason = LongTextField(
        label=_("Reason"), help_text=_("The partner reads it."), max_length=2_000
    )


class AskProofForm(DealForm):
    """Whom of the client the link goes to."""

    key = "ask"

    name = TextField(label=_("Name"), max_length=200)
    email = forms.EmailField(
        label=_("E-mail"),
        help_text=_("The link is good once, for 14 days. A new one ends an old one."),
        max_length=254,
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)


class RecordProofForm(DealForm):
    """A proof that the vendor holds: a file of the deal, or a statement."""

    key = "record"

    dated_on = DayField(label=_("Dated"))
    file = forms.ModelChoiceField(
        DealFile.objects.none(),
        label=_("File of the deal"),
        required=False,
        empty_label=_("none: a statement"),
    )
    note = TextField(label=_("What it says"), max_length=500, required=False)

    def __init__(
        self, data: Any = None, *, deal: Deal, user: User, **options: Any
    ) -> None:
        super().__init__(data, **options)
        field = self.fields["file"]
        assert isinstance(field, forms.ModelChoiceField)
        files = DealFile.objects.visible_to(user).filter(deal=deal)
        field.queryset = files.order_by("name", "pk")

    def clean(self) -> dict[str, Any]:
        """Refuse a statement that says nothing."""
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("file") and not cleaned.get("note"):
            self.add_error("note", str(_("Choose a file, or say what it rests on.")))
        return cleaned


class LoseForm(DealForm):
    """Why a deal was lost."""

    key = "lose"

    reason = forms.ChoiceField(
        label=_("Why it was lost"), choices=[("", "–"), *Deal.LostReason.choices]
    )
    note = TextField(label=_("In a sentence"), max_length=200, required=False)


class WithdrawForm(DealForm):
    """Why a deal is given up."""

    key = "withdraw"

    note = TextField(label=_("In a sentence"), max_length=200, required=False)


class RequestForm(DealForm):
    """What is needed of the vendor."""

    text = LongTextField(label=_("What is needed, and by when"), max_length=4_000)

    def __init__(self, data: Any = None, *, kind: str, **options: Any) -> None:
        self.key = f"request_{kind}"
        super().__init__(data, **options)

    @property
    def plan(self) -> Plan | None:
        """The plan of a waiver; None for everything else."""
        return None


class WaiverForm(RequestForm):
    """The partner's own service, which replaces the vendor's onboarding."""

    field_order = ("text", "hours", "from_on", "until_on", "client_agrees")

    hours = forms.IntegerField(label=_("Hours"), min_value=1, max_value=10_000)
    from_on = DayField(label=_("From"))
    until_on = DayField(label=_("Until (excluded)"))
    client_agrees = forms.BooleanField(
        label=_("The client agrees that we do its onboarding")
    )

    def __init__(self, data: Any = None, *, kind: str, **options: Any) -> None:
        super().__init__(data, kind=kind, **options)
        self.fields["text"].label = _("What your service covers")

    def clean(self) -> dict[str, Any]:
        """Refuse a plan that ends before it begins."""
        cleaned = super().clean() or self.cleaned_data
        first, end = cleaned.get("from_on"), cleaned.get("until_on")
        if first and end and end <= first:
            self.add_error("until_on", str(_("The end must lie after the beginning.")))
        return cleaned

    @property
    def plan(self) -> Plan | None:
        cleaned = self.cleaned_data
        return Plan(
            hours=cleaned["hours"],
            from_on=cleaned["from_on"],
            until_on=cleaned["until_on"],
            client_agrees=cleaned["client_agrees"],
        )


def request_form(kind: str, data: Any = None) -> RequestForm:
    """Return the form of a kind of request."""
    form = WaiverForm if kind == DealRequest.Kind.WAIVER else RequestForm
    return form(data, kind=kind)


class ReplyForm(DealForm):
    """The words of an answer to a request, where its outcome is the button."""

    key = "reply"

    answer = LongTextField(
        label=_("In a sentence"), help_text=_("The partner reads it."), max_length=2_000
    )


class AnswerForm(ReplyForm):
    """The vendor's answer to a request; one for each that is open."""

    field_order = ("outcome", "answer")

    APPROVE = "approve"
    REFUSE = "refuse"

    outcome = forms.ChoiceField(
        label=_("Answer"),
        choices=[(APPROVE, _("Approve")), (REFUSE, _("Refuse"))],
        widget=forms.RadioSelect,
    )

    def __init__(self, data: Any = None, *, request: DealRequest, **options: Any) -> None:
        self.key = f"answer_{request.public_id.hex}"
        super().__init__(data, **options)


class RevokeForm(DealForm):
    """Why a waiver is revoked; on the page of a deal one for each."""

    key = "revoke"

    reason = LongTextField(
        label=_("Why it is revoked"),
        help_text=_("The partner reads it."),
        max_length=2_000,
    )

    def __init__(
        self, data: Any = None, *, request: DealRequest | None = None, **options: Any
    ) -> None:
        if request is not None:
            self.key = f"revoke_{request.public_id.hex}"
        super().__init__(data, **options)
