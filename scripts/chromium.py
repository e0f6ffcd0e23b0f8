"""The Chromium of this machine: Playwright's own is not downloaded."""

import shutil

PROGRAMS = (
    *("chromium-headless-shell", "chromium"),  # the first is the lighter
    *("chromium-browser", "google-chrome"),
)


def chromium() -> str | None:
    """Return the path of the first that is there; None if there is none."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)
