"""The rows of the permission matrix about lists: files, views, search, calendar.

`tests/architecture/test_permissions.py` asks them.
"""

from __future__ import annotations

from tests.architecture.people_matrix import (
    EVERYBODY,
    ROLES,
    STAFF,
    Answers,
    Thrice,
    everybody,
)

# Staff have no company, so none of what is one company's own.
COMPANYS_OWN = everybody(200, **dict.fromkeys(STAFF, 302), left=404)
FILES = ("deals_csv", "deals_xlsx", "clients_csv", "clients_xlsx")

PAGES: dict[str, Answers] = {
    **{f"portal:{name}": everybody(200) for name in FILES},
    **dict.fromkeys(("portal:points_csv", "portal:points_xlsx"), COMPANYS_OWN),
    **dict.fromkeys(
        ("portal:commissions_csv", "portal:commissions_xlsx"),
        COMPANYS_OWN | dict.fromkeys(("sales", "services"), 403),
    ),
    **dict.fromkeys(("portal:search", "portal:views", "portal:exports"), everybody(200)),
    "portal:calendar": COMPANYS_OWN,
    # An owner's (the stranger owns another company); staff have the audit log.
    **dict.fromkeys(
        ("company:log", "company:log_csv"),
        COMPANYS_OWN | dict.fromkeys(ROLES[1:], 403),
    ),
}

# With an empty form: of a list or a view that is none.
ACTS: dict[str, Answers] = {
    **dict.fromkeys(("portal:export_ask", "portal:view_save"), everybody(404)),
    **{f"portal:view_{act}": everybody(400) for act in ("change", "delete", "default")},
    "portal:calendar_make": everybody(404, stranger=200, **dict.fromkeys(ROLES, 200)),
    "portal:calendar_revoke": everybody(404, stranger=302, **dict.fromkeys(ROLES, 302)),
}

# A file is of who asked for it: here an owner's, there a stranger's.
OBJECTS: dict[str, dict[str, Thrice]] = {
    "portal:export_file": {
        **dict.fromkeys(EVERYBODY, (404, 404, 404)),
        "anonymous": (302, 302, 302),
        "owner": (200, 404, 404),
        "stranger": (404, 200, 404),
    }
}

SECRETS = {"portal:calendar_feed"}
