"""A database that is away is said to pass; an error of ours is said to be one."""

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import OperationalError
from django.test import Client


@pytest.mark.parametrize(
    ("error", "status", "retry_after"),
    [(OperationalError("the server is away"), 503, "5"), (ValueError("ours"), 500, None)],
)
def test_an_error_before_the_page_is_told_apart(
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    status: int,
    retry_after: str | None,
) -> None:
    def load(store: SessionStore) -> None:
        raise error

    monkeypatch.setattr(SessionStore, "load", load)
    client = Client(raise_request_exception=False)
    client.cookies["sessionid"] = "somebody's"

    response = client.get("/accounts/login/")

    assert response.status_code == status
    assert response.headers.get("Retry-After") == retry_after
    assert b"server is away" not in response.content


@pytest.mark.django_db
@pytest.mark.parametrize("key", ['"\\000abcdefgh"', '"\\012abcdefgh"', "x" * 4_000])
def test_a_hostile_session_is_none(key: str) -> None:
    response = Client().get("/accounts/login/", headers={"cookie": f"sessionid={key}"})

    assert response.status_code == 200
