"""Sessions in the database, looked up only by what can be a key there."""

from __future__ import annotations

from django.contrib.sessions.backends import db


class SessionStore(db.SessionStore):
    """Django's own. A cookie can hold what PostgreSQL refuses to look for."""

    def _validate_session_key(self, key: str | None) -> bool:
        return bool(key and len(key) >= 8 and key.isprintable())  # noqa: PLR2004 (Django's)
