"""The left navigation: what a partner asks, in that order.

An app that gets a page adds a line. An entry whose URL name does not exist is not shown,
so lines may stand here before their pages do.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse
from django.utils.translation import gettext_lazy as _

from partners.models import Role

STAFF = "staff"
PARTNER_ROLES = frozenset(Role.values)
EVERYBODY = PARTNER_ROLES | {STAFF}
MONEY = frozenset({Role.OWNER, Role.FINANCE, Role.READER})


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the navigation.

    `roles` are those of `partners.Person` and `STAFF`; hiding a line is a courtesy, the
    view decides who may see its page.
    """

    label: Any
    url_name: str
    icon: str
    roles: frozenset[str] = EVERYBODY


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as a page shows it. `current` is "page", "true" (within it) or ""."""

    label: Any
    url: str
    icon: str
    current: str


ENTRIES = (
    Entry(_("Home"), "portal:home", "home"),
    Entry(_("Tier & points"), "partners:points", "stairs-up", PARTNER_ROLES),
    Entry(_("Your tier"), "partners:tier", "trophy", PARTNER_ROLES),
    Entry(_("Standing"), "partners:standing", "certificate", PARTNER_ROLES),
    Entry(_("Deals"), "deals:list", "briefcase"),
    Entry(_("Clients"), "clients:list", "users"),
    Entry(_("Renewals"), "clients:renewals", "refresh"),
    Entry(_("Commissions"), "commissions:list", "coins", MONEY),
    Entry(_("Benefits & funds"), "benefits:list", "gift"),
    Entry(_("Rulebook"), "partners:rulebook", "file-text"),
    Entry(_("Training"), "partners:training", "school"),
    Entry(_("Directory"), "benefits:directory", "address-book"),
    Entry(_("People"), "company:people", "user-circle", PARTNER_ROLES),
    Entry(_("Log of the company"), "company:log", "history", frozenset({Role.OWNER})),
    Entry(_("Settings"), "portal:settings", "settings"),
    Entry(_("Back office"), "admin:index", "shield-lock", frozenset({STAFF})),
)


def navigation(request: HttpRequest) -> dict[str, Callable[[], list[Link]]]:
    """Give templates `navigation`. Nothing is asked of the database until it is used."""
    return {"navigation": partial(links_for, request)}


def links_for(request: HttpRequest) -> list[Link]:
    """Return the entries that exist for the person who asks."""
    role = _role(request)
    shown = [
        (entry, url)
        for entry, url in _existing(get_urlconf(), get_script_prefix())
        if role in entry.roles
    ]
    nearest = _nearest([url for _entry, url in shown], request.path)
    return [
        Link(entry.label, url, entry.icon, _current(url, nearest, request.path))
        for entry, url in shown
    ]


def _role(request: HttpRequest) -> str:
    # Middleware may have refused the request before it had a user.
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return ""
    if user.is_staff:
        return STAFF
    return user.person.role if user.person else ""


@lru_cache(maxsize=8)
def _existing(_urlconf: str | None, _prefix: str) -> tuple[tuple[Entry, str], ...]:
    """Return the entries with a page, and its address; what decides is in the key."""
    return tuple(_resolved())


def _resolved() -> Iterator[tuple[Entry, str]]:
    for entry in ENTRIES:
        try:
            yield entry, reverse(entry.url_name)
        except NoReverseMatch:
            continue


def _nearest(urls: list[str], path: str) -> str:
    """Return the longest of `urls` that `path` is or lies in; "/" holds only itself."""
    top = get_script_prefix()
    return max(
        (url for url in urls if url == path or (url != top and path.startswith(url))),
        key=len,
        default="",
    )


def _current(url: str, nearest: str, path: str) -> str:
    if url != nearest:
        return ""
    return "page" if url == path else "true"
