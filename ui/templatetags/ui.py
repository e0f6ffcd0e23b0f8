"""Template tags of every page: `{% load ui %}`. docs/ui.md shows each with its looks.

A tag that makes HTML does it in a template of `templates/ui/` or by `format_html`.
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from django import template
from django.conf import settings
from django.template.context import RequestContext
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from program.money import Money
from ui import columns, formats
from ui.icons import ICONS
from ui.tones import Tone
from ui.views import THEME_COOKIE, THEMES

register = template.Library()

SPRITE = "vendor/tabler-icons.svg"

# --- Values --------------------------------------------------------------------------

register.filter("points", formats.points)
register.filter("points_exact", formats.points_exact)
register.filter("points_in_full", columns.points_in_full)
register.filter("points_six", formats.points_six)
register.filter("territory", formats.territory)
register.filter("number", formats.number)
register.filter("percent", formats.percent)
register.filter("day", formats.day)
register.filter("days_in", formats.days_in)
register.filter("day_long", formats.day_long)
register.filter("month", formats.month)
register.filter("month_short", formats.month_short)
register.filter("moment", formats.moment)


@register.filter
def money(value: Money) -> str:
    """Return a `Money` with its currency."""
    return formats.money(value.minor, value.currency)


@register.simple_tag
def day_relative(value: date, today: date) -> SafeString:
    """Return a day and how far it is: 15 Jan 2026 (in 53 days)."""
    return format_html(
        '<time datetime="{}">{}</time>',
        value.isoformat(),
        formats.day_relative(value, today=today),
    )


@register.simple_tag
def relative(value: date, today: date) -> str:
    """Return how far a day is: in 53 days."""
    return formats.relative(value, today=today)


@register.simple_tag
def points_receipt(micro: int, url: str) -> SafeString:
    """Return points with every digit as a link to their receipt."""
    return columns.receipt_link(
        columns.points_in_full(micro), url, title=formats.points_exact(micro)
    )


@register.simple_tag
def receipt_link(text: object, url: str, title: str = "") -> SafeString:
    """Return any number already formatted as a link to its receipt."""
    return columns.receipt_link(str(text), url, title=title)


# --- Pieces --------------------------------------------------------------------------


@register.simple_tag
@lru_cache(maxsize=1024)  # a page has thirty of them
def icon(name: str, css: str = "") -> SafeString:
    """Return an icon of the sprite. It is silent: a word stands beside it."""
    if name not in ICONS:
        raise template.TemplateSyntaxError(f"no icon {name!r}: add it to ui/icons.py")
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false">'
        '<use href="{}#{}"></use></svg>',
        css,
        static(SPRITE),
        name,
    )


@register.simple_tag
def tag(label: object, tone: str = Tone.NEUTRAL) -> SafeString:
    """Return a state as a word in its colour (`ui.tones`)."""
    return columns.badge(str(label), Tone(tone))


@register.simple_tag
def tier_name(tier: str) -> str:
    """Return a tier of `program.rulebook.Tier` as it is written alone: Gold, No tier."""
    return _("No tier") if str(tier) == "none" else str(tier).capitalize()


@register.simple_tag
def tier_tag(tier: str) -> SafeString:
    """Return a tier of `program.rulebook.Tier` in its colour."""
    code = str(tier)
    if code == "none":
        return columns.badge(_("No tier"), Tone.NEUTRAL)
    return columns.badge(code.capitalize(), Tone(code))


class Constraint(Protocol):
    """What a bar shows: `program.tiers.Gap`."""

    have: int
    need: int
    short: int
    met: bool
    enforced: bool


class Segment(NamedTuple):
    """A stretch of the bar in percent of its length, as SVG writes it."""

    x: str
    width: str


@register.inclusion_tag("ui/constraint_bar.html")
def constraint_bar(
    gap: Constraint,
    label: object,
    *,
    expiring: int = 0,
    before: date | None = None,
    url: str = "",
    expiring_url: str = "",
    short_url: str = "",
) -> dict[str, Any]:
    """Draw one minimum of a tier: how much there is of it and how much expires.

    `label` names the minimum ("Sourced points"), `expiring` are the micro-points of
    `have` that go before the evaluation on `before`. The URLs lead to the receipts of
    `have`, of `expiring`, and of the comparison that says how much is short.

    What is short is so of the rounded value (rulebook 2.5); where that is not `have`,
    it is printed, so that the line adds up.
    """
    shown = min(max(expiring, 0), max(gap.have, 0))
    if shown != expiring:
        expiring, expiring_url = shown, ""
    compared = gap.need - gap.short
    whole = max(gap.have, gap.need, 1)
    lasting = max(gap.have, 0) - expiring
    return {
        "gap": gap,
        "label": label,
        "expiring": expiring,
        "before": before,
        "url": url,
        "expiring_url": expiring_url,
        "short_url": short_url,
        "compared": compared if gap.short and compared != gap.have else None,
        "lasting_part": Segment("0%", _percent(lasting, whole)),
        "expiring_part": Segment(_percent(lasting, whole), _percent(expiring, whole)),
        "target": _percent(gap.need, whole) if gap.have > gap.need > 0 else "",
    }


def _percent(part: int, whole: int) -> str:
    """Return a length for SVG, which reads a decimal point in every language."""
    hundredths = part * 10_000 // whole
    return f"{hundredths // 100}.{hundredths % 100:02d}%"


@register.inclusion_tag("ui/as_of.html")
def as_of(at: date | datetime, edition: str = "") -> dict[str, Any]:
    """Say as of when the figures of the page hold, and under which rulebook edition."""
    is_moment = isinstance(at, datetime)
    return {
        "text": formats.moment(at) if isinstance(at, datetime) else formats.day_long(at),
        "machine": at.isoformat(),
        "is_moment": is_moment,
        "edition": edition,
    }


@register.inclusion_tag("ui/crumbs.html")
def crumbs(*parts: object) -> dict[str, Any]:
    """Show the way to this page: label, URL, label, URL, …, label of this page."""
    if len(parts) % 2 == 0:
        raise template.TemplateSyntaxError("crumbs: the last label has no URL")
    *links, here = parts
    return {"links": list(zip(links[::2], links[1::2], strict=True)), "here": here}


@register.inclusion_tag("ui/empty.html")
def empty(
    title: object,
    hint: object = "",
    *,
    act: object = "",
    url: str = "",
    icon: str = "info-circle",
) -> dict[str, object]:
    """Say why there is nothing and what to do first."""
    return {"title": title, "hint": hint, "act": act, "url": url, "icon": icon}


# --- The page around -------------------------------------------------------------------


@register.simple_tag
def portal_name() -> str:
    """Return the programme's name for the portal."""
    return str(settings.PORTAL_NAME)


@register.simple_tag
def program_time_zone() -> str:
    """Return the time zone the programme's days begin in."""
    return str(settings.PROGRAM_TIME_ZONE)


@register.simple_tag(takes_context=True)
def theme(context: RequestContext) -> str:
    """Return the colours chosen in this browser: auto, light or dark."""
    request = context.get("request")
    chosen = request.COOKIES.get(THEME_COOKIE) if request else None
    return chosen if chosen in THEMES else THEMES[0]


@register.simple_tag
def languages() -> Sequence[tuple[str, str]]:
    """Return the languages of the portal, each with its own name for itself."""
    return _languages()


@lru_cache
def _languages() -> tuple[tuple[str, str], ...]:
    names = {"en": "English", "fr": "Français"}
    return tuple((code, names.get(code, code)) for code, _name in settings.LANGUAGES)
