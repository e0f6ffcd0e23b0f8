"""The rows of the permission matrix about people, signing in and second factors.

`tests/architecture/test_permissions.py` asks the pages and objects, `test_people_acts.py`
what is posted.
"""

from __future__ import annotations

ROLES = ("owner", "sales", "services", "finance", "reader")
STAFF = (
    *("pdm", "pdm_elsewhere"),
    *("programme_manager", "finance_staff", "growth_specialist", "auditor"),
)
EVERYBODY = ("anonymous", "stranger", *ROLES, *STAFF, "left")

Answers = dict[str, int]
Thrice = tuple[int, int, int]


def everybody(status: int, **but: int) -> Answers:
    """Return who → status: the signed in, but those named; a visitor signs in first.

    `staff` names all of them at once.
    """
    assert set(but) <= {*EVERYBODY, "staff"}
    staff = dict.fromkeys(STAFF, but.pop("staff")) if "staff" in but else {}
    return dict.fromkeys(EVERYBODY, status) | {"anonymous": 302} | staff | but


def of_owners(status: int) -> Answers:
    """Return who → status of what owners do; the stranger owns another company."""
    nowhere = dict.fromkeys((*STAFF, "left"), 404)
    others = dict.fromkeys(ROLES[1:], 403)
    return everybody(status, **nowhere, **others)


# Pages without an object; GET only.
PAGES: dict[str, Answers] = {
    "company:people": everybody(200, **dict.fromkeys(STAFF, 302), left=404),
    "company:join_sent": everybody(200, anonymous=200),
}

# Pages of allauth: second factors and sessions, the same for everybody who is signed in.
# What changes a factor asks first whether it is still the same person (302).
OF_ONESELF: dict[str, Answers] = {
    "mfa_index": everybody(200),
    "mfa_list_webauthn": everybody(200),
    "mfa_activate_totp": everybody(302),
    "mfa_deactivate_totp": everybody(404),
    "mfa_add_webauthn": everybody(302),
    "mfa_generate_recovery_codes": everybody(302),
    "mfa_view_recovery_codes": everybody(404),
    "mfa_download_recovery_codes": everybody(404),
    "mfa_authenticate": everybody(302),
    "mfa_reauthenticate": everybody(302),
    "mfa_reauthenticate_webauthn": everybody(302),
    "mfa_login_webauthn": everybody(302),
    "usersessions_list": everybody(200),
}

# Pages with a form: by GET, and by POST with an empty one.
FORMS: dict[str, tuple[Answers, Answers]] = {
    "portal:settings": (everybody(200), everybody(422)),
    "company:invite": (of_owners(200), of_owners(422)),
    "company:join": (everybody(200, anonymous=200), everybody(422, anonymous=422)),
}


def of_an_owner(own: int) -> dict[str, Thrice]:
    """Return who → answers for an own, a foreign and an absent object."""
    hidden = (404, 404, 404)
    return {
        **dict.fromkeys(EVERYBODY, hidden),
        "anonymous": (302, 302, 302),
        **dict.fromkeys(ROLES[1:], (403, 403, 403)),
        "owner": (own, 404, 404),
    }


# Objects by GET, then what is posted to them (an empty form).
OBJECTS: dict[str, dict[str, Thrice]] = {
    "company:person": of_an_owner(200),
    "company:join_request": of_an_owner(200),
    "mfa_edit_webauthn": dict.fromkeys(EVERYBODY, (302, 302, 302)),
    "mfa_remove_webauthn": dict.fromkeys(EVERYBODY, (302, 302, 302)),
}
OBJECT_ACTS: dict[str, dict[str, Thrice]] = {
    "company:join_request": of_an_owner(422),
    "company:role": of_an_owner(422),
    "company:remove": of_an_owner(302),
    "company:revoke": of_an_owner(302),
    "company:join_refuse": of_an_owner(302),
    # A session of the owner's own; everybody ends theirs, and nobody another's.
    "usersessions_end": {
        **dict.fromkeys(EVERYBODY, (404, 404, 404)),
        "anonymous": (302, 302, 302),
        "owner": (302, 404, 404),
    },
}

# Addresses that are a secret of their own: a letter carries them.
SECRETS = {"company:accept", "company:join_confirm"}

NAMES = {*PAGES, *OF_ONESELF, *FORMS, *OBJECTS, *OBJECT_ACTS, *SECRETS}

SIGNING_IN: dict[str, Answers] = {
    "account_login": everybody(302, anonymous=200),
    "account_logout": everybody(200),
    "account_change_password": everybody(200),
    "account_reauthenticate": everybody(200),
    "account_set_password": everybody(302),
    # Closed: accounts come from an import or an invitation.
    "account_email": everybody(404),
    "account_signup": everybody(302, anonymous=200),
    "account_inactive": everybody(200, anonymous=200),
    "account_email_verification_sent": everybody(200, anonymous=200),
    "account_confirm_login_code": everybody(302),
    "account_reset_password": everybody(200, anonymous=200),
    "account_reset_password_done": everybody(200, anonymous=200),
    "account_reset_password_from_key_done": everybody(200, anonymous=200),
}
"""Signing in and what belongs to it: the same for everybody who is signed in."""
