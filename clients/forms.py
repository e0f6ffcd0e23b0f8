"""What narrows the list of clients."""

from __future__ import annotations

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from clients.models import ClientQuerySet, Relationship
from ui.forms import FilterForm, TextField


class ClientFilterForm(FilterForm):
    """Text, and how the partner is related to the client."""

    q = TextField(label=_("Client"), required=False)
    kind = forms.ChoiceField(
        label=_("Relationship"),
        choices=[("", _("All relationships")), *Relationship.Kind.choices],
        required=False,
    )

    def narrow(
        self, clients: ClientQuerySet, *, running: QuerySet[Relationship]
    ) -> ClientQuerySet:
        """Narrow the clients; `running` are the relationships that count as such."""
        chosen = self.cleaned
        if "q" in chosen:
            clients = clients.matching(chosen["q"])
        if "kind" in chosen:
            related = running.filter(kind=chosen["kind"])
            clients = clients.filter(pk__in=related.values("client_id"))
        return clients
