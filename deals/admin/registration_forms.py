"""What decisions about registrations ask for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy

from clients.models import Client
from deals.forms.registration_words import field_label
from deals.models import RefusalCode, Registration
from deals.services.registrations.accepting import domains_of
from deals.services.registrations.claims import clients_of
from deals.services.registrations.given import FIELDS
from deals.services.registrations.reviewing import CLAUSE, Outcome
from partners.receipts.words import in_language
from partners.selectors import published_editions
from ui import formats
from ui.forms import LongTextField

MAX_WORDS = 2_000
_READ_BY_PARTNER = gettext_lazy("The partner reads this.")


def _field_choices() -> list[tuple[str, Any]]:
    return [(name, field_label(name)) for name in FIELDS]


class ClientField(forms.ModelChoiceField[Client]):
    def label_from_instance(self, obj: Client) -> str:
        where = formats.territory(obj.country)
        return f"{obj.known_as}, {where} ({obj.ref})"


class _OfRegistrations(forms.Form):
    """A decision that may make a deal: where several clients are meant, one is chosen.

    Of one registration at a time; of several together, one that needs it is refused.
    """

    client = ClientField(
        Client.objects.none(),
        label=gettext_lazy("Which client is meant"),
        help_text=gettext_lazy("Several are known by the domain."),
    )

    def __init__(
        self, *args: Any, registrations: Sequence[Registration], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if name != "client":
                field.widget.attrs["autofocus"] = True
                break
        found = _clients_meant(registrations)
        if len(found) < 2:  # noqa: PLR2004 (several)
            del self.fields["client"]
            return
        client = self.fields["client"]
        assert isinstance(client, ClientField)
        client.queryset = Client.objects.filter(pk__in=found).order_by("name", "pk")


def _clients_meant(registrations: Sequence[Registration]) -> list[int]:
    if len(registrations) != 1 or registrations[0].client_id is not None:
        return []
    return clients_of(domains_of(registrations[0]))


def chosen_client(given: Any) -> int | None:
    client: Client | None = given.get("client")
    return client.pk if client else None


class ApprovalForm(_OfRegistrations):
    note = LongTextField(
        label=gettext_lazy("Note"),
        max_length=MAX_WORDS,
        required=False,
        help_text=_READ_BY_PARTNER,
    )
    field_order = ("note", "client")


class QuestionForm(forms.Form):
    """Which fields are in question, and what is asked."""

    fields_asked = forms.MultipleChoiceField(
        label=gettext_lazy("Fields in question"),
        choices=_field_choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("The partner can change these, and nothing else."),
    )
    question = LongTextField(
        label=gettext_lazy("Question"), max_length=MAX_WORDS, help_text=_READ_BY_PARTNER
    )


class ClauseField(forms.ChoiceField):
    """A clause of the edition of a day, with the beginning of its words."""

    def name_clauses(self, today: date) -> None:
        texts = published_editions().on(today).rulebook.rule_texts
        self.choices = [
            (clause, f"{clause}: {Truncator(in_language(text)).chars(80)}")
            for clause, text in texts.items()
        ]
        self.initial = CLAUSE if CLAUSE in texts else None


class RefusalForm(forms.Form):
    """Why: one of the reasons, a sentence, and the clause it rests on."""

    code = forms.ChoiceField(
        label=gettext_lazy("Reason"),
        choices=RefusalCode,
        widget=forms.Select(attrs={"autofocus": True}),
    )
    text = LongTextField(
        label=gettext_lazy("In a sentence"),
        max_length=MAX_WORDS,
        help_text=_READ_BY_PARTNER,
    )
    clause = ClauseField(label=gettext_lazy("Clause of the rulebook"))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        clause = self.fields["clause"]
        assert isinstance(clause, ClauseField)
        clause.name_clauses(today)


class AppealForm(_OfRegistrations):
    """Whether a refusal stands, why, and by which clause."""

    decision = forms.ChoiceField(label=gettext_lazy("Decision"), choices=Outcome)
    answer = LongTextField(
        label=gettext_lazy("Answer"), max_length=MAX_WORDS, help_text=_READ_BY_PARTNER
    )
    clause = ClauseField(label=gettext_lazy("Clause of the rulebook"))
    field_order = ("decision", "answer", "clause", "client")

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        clause = self.fields["clause"]
        assert isinstance(clause, ClauseField)
        clause.name_clauses(today)
        if "client" in self.fields:
            # Only what is accepted has a client; the service asks for it there.
            self.fields["client"].required = False
