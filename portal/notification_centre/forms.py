"""What narrows the list, what marks it as read, and how somebody wants to be told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.models import User
from partners.models.notifications import NotificationQuerySet
from partners.notifications import Mail, NotificationKind, Urgency
from partners.services.preferences import mail_choices, offered_kinds, role_of
from portal.notification_centre.subjects import REST, SUBJECTS, subject_of
from ui.forms import FilterForm


class Show(models.TextChoices):
    """Which notifications are listed."""

    UNREAD = "unread", gettext_lazy("Unread")
    ACT = "act", gettext_lazy("Act now")


class NotificationFilterForm(FilterForm):
    """All, what is unread or needs an act; one kind."""

    show = forms.ChoiceField(
        label=gettext_lazy("Show"),
        choices=[("", gettext_lazy("Everything")), *Show.choices],
        required=False,
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), required=False)

    def __init__(
        self, data: QueryDict, *, groups: Sequence[Sequence[NotificationKind]]
    ) -> None:
        self.groups = {group[0].name: group for group in groups}
        super().__init__(data)

    def full_clean(self) -> None:
        # Before the form of all filters reads its data, which it does when it is made.
        self.fields["kind"].choices = [  # type: ignore[attr-defined]
            ("", _("All kinds")),
            *((name, group[0].label) for name, group in self.groups.items()),
        ]
        super().full_clean()

    def narrow(self, notifications: NotificationQuerySet) -> NotificationQuerySet:
        chosen = self.cleaned
        if chosen.get("show") == Show.UNREAD:
            notifications = notifications.unread()
        if chosen.get("show") == Show.ACT:
            notifications = notifications.needing_action()
        if "kind" in chosen:
            names = [kind.name for kind in self.groups[chosen["kind"]]]
            notifications = notifications.filter(kind__in=names)
        return notifications


class ReadForm(forms.Form):
    """One notification, or all of them."""

    notification = forms.UUIDField(required=False)
    everything = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        chosen: dict[str, Any] = super().clean() or {}
        if bool(chosen.get("notification")) == bool(chosen.get("everything")):
            raise ValidationError(_("Say which notification was read."))
        return chosen


class PreferencesForm(forms.Form):
    """When each kind is mailed."""

    template_name = "notifications/_preferences_form.html"

    def __init__(self, data: QueryDict | None = None, *, user: User) -> None:
        super().__init__(data)
        role, chosen = role_of(user), mail_choices(user)
        self.groups = {group[0].name: group for group in offered_kinds(user)}
        for name, group in self.groups.items():
            acts = any(kind.urgency == Urgency.ACT for kind in group)
            self.fields[name] = forms.ChoiceField(  # type: ignore[call-arg]  # of Django 5
                label=str(group[0].label),
                choices=list(self._choices(group, role)),
                initial=chosen[name],
                help_text=_("Asks you to act.") if acts else "",
                template_name="notifications/_choice.html",
            )

    @property
    def subjects(self) -> list[tuple[str, list[BoundField]]]:
        """Return the fields by what they are about, in the order of `SUBJECTS`."""
        order = [*(subject for subject, _names in SUBJECTS), REST]
        fields: dict[str, list[BoundField]] = {str(subject): [] for subject in order}
        for name in self.fields:
            fields[str(subject_of(name))].append(self[name])
        return [(subject, some) for subject, some in fields.items() if some]

    @staticmethod
    def _choices(
        group: Sequence[NotificationKind], role: str | None
    ) -> Iterator[tuple[str, str]]:
        for mail in Mail:
            if mail != Mail.NEVER or all(kind.may_be_silenced(role) for kind in group):
                yield mail.value, str(mail.label)

    def mails(self) -> dict[str, str]:
        """Return kind → what was chosen, for every kind of what is called the same."""
        return {
            kind.name: self.cleaned_data[name]
            for name, group in self.groups.items()
            for kind in group
        }
