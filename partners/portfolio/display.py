"""How values stand on a page of the back office; formats are those of the portal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Model
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from program.money import InvalidMoneyError
from ui import formats

NOTHING = "–"


def money(minor: int | None, currency: str) -> str:
    """Return an amount with its currency, or the bare digits of an unknown currency."""
    if minor is None:
        return NOTHING
    try:
        return formats.money(minor, currency)
    except InvalidMoneyError:
        return f"{minor} {currency}"


def page_link(obj: Model | None) -> SafeString | str:
    """Return a link to an object's page in the back office."""
    if obj is None:
        return NOTHING
    url = reverse(
        f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk]
    )
    return format_html('<a href="{}">{}</a>', url, obj)


def list_link(model: type[Model], words: str, **parameters: Any) -> SafeString:
    """Return a link to the list of a model, narrowed by filters the list has."""
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    query = "&".join(f"{name}={value}" for name, value in parameters.items())
    return format_html('<a href="{}?{}">{}</a>', url, query, words)


def receipt_link(address: Callable[[], str], words: str = "") -> SafeString | str:
    """Return a link to a receipt; only words where the portal has no such page."""
    try:
        url = address()
    except NoReverseMatch:
        return words or NOTHING
    return format_html('<a href="{}">{}</a>', url, words or _("Receipt"))


def table(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> SafeString:
    """Return a small table, for what a page only shows."""
    return format_html(
        "<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>",
        format_html_join("", '<th scope="col">{}</th>', ((word,) for word in head)),
        format_html_join(
            "",
            "<tr>{}</tr>",
            (
                (format_html_join("", "<td>{}</td>", ((cell,) for cell in row)),)
                for row in rows
            ),
        ),
    )
