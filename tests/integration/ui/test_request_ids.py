"""What happens under one request can be found by its id; what is logged names nobody."""

from __future__ import annotations

import logging

import pytest
from django.test import Client

from tests.factories import PersonFactory
from ui.request_ids import current_request_id, under_id

pytestmark = pytest.mark.django_db


def test_each_answer_names_an_id_of_ours(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    first = client.get("/accounts/login/", headers={"X-Request-ID": "mine"})
    second = client.get("/accounts/login/")

    ids = {first.headers["X-Request-ID"], second.headers["X-Request-ID"]}
    assert len(ids) == 2
    assert "mine" not in ids
    assert current_request_id() == ""


def test_a_line_names_the_page_and_nobody(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    person = PersonFactory.create(with_account=True)
    assert person.user
    client.force_login(person.user)
    caplog.set_level(logging.INFO, "portal.requests")

    client.get("/deals/?q=secret-client")

    [record] = [each for each in caplog.records if each.name == "portal.requests"]
    assert record.getMessage() == "GET deals:list"
    told = vars(record)
    assert told["status"] == 200
    assert not {"secret-client", person.email} & set(map(str, told.values()))


def test_probes_and_files_are_no_news(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "portal.requests")

    client.get("/health/live")
    client.get("/static/nothing.css")

    assert [each for each in caplog.records if each.name == "portal.requests"] == []


def test_ids_nest_and_end() -> None:
    with under_id("job 1"):
        with under_id("job 2"):
            assert current_request_id() == "job 2"
        assert current_request_id() == "job 1"
    assert current_request_id() == ""
