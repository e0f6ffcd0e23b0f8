"""What a browser's own description of itself says to a person: browser on system."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

MOST: Final = 60
"""So much is shown of a description that nobody knows."""

BROWSERS: Final = (
    # Most browsers name those they descend from as well: the youngest stand first.
    (r"\bEdg(?:e|A|iOS)?/", "Edge"),
    (r"\b(?:OPR|OPiOS|OPT|Opera)[/ ]", "Opera"),
    (r"\bSamsungBrowser/", "Samsung Internet"),
    (r"\bVivaldi/", "Vivaldi"),
    (r"\bYaBrowser/", "Yandex Browser"),
    (r"\bDuckDuckGo/", "DuckDuckGo"),
    (r"\b(?:Firefox|FxiOS)/", "Firefox"),
    (r"\b(?:Chrome|CriOS|Chromium|HeadlessChrome)/", "Chrome"),
    (r"\bVersion/\S+ (?:Mobile/\S+ )?Safari/", "Safari"),
    (r"\b(?:MSIE |Trident/)", "Internet Explorer"),
    (r"^curl/", "curl"),
    (r"^python-requests/", "Python"),
)
"""Pattern → browser; the first that fits counts."""

SYSTEMS: Final = (
    (r"\biPhone\b", "iPhone"),
    (r"\biPad\b", "iPad"),
    (r"\bAndroid\b", "Android"),
    (r"\bCrOS\b", "ChromeOS"),
    (r"\bWindows\b", "Windows"),
    (r"\bMacintosh\b|\bMac OS X\b", "macOS"),
    (r"\bLinux\b|\bX11\b", "Linux"),
)
"""Pattern → system; Android calls itself Linux, an iPhone something like macOS."""


class Device(NamedTuple):
    """A browser and its system, as far as they are known.

    Without a browser `system` may stand alone; `unknown` then is what it said, cut to
    what fits a line, empty if it said nothing that can be read.
    """

    browser: str
    system: str
    unknown: str = ""


def device_of(user_agent: str) -> Device:
    """Return what a browser says it is. Whatever it says: anybody may write anything."""
    browser, system = _first(BROWSERS, user_agent), _first(SYSTEMS, user_agent)
    if browser:
        return Device(browser, system)
    plain = " ".join(
        "".join(letter if letter.isprintable() else " " for letter in user_agent).split()
    )
    if len(plain) > MOST:
        plain = plain[: MOST - 1].rstrip() + "…"
    return Device("", system, plain)


def _first(table: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for pattern, name in table if re.search(pattern, text)), "")
