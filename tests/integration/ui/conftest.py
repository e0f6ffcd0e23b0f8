"""The demo pages, and somebody to look at them."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.test.utils import override_settings
from django.urls import clear_url_caches

from partners.models import User
from tests.factories.partners import PartnerFactory, PersonFactory
from tests.integration.ui.demo import PASSWORD

DEMO = "tests.integration.ui.demo"


@contextmanager
def serving_the_demo() -> Iterator[None]:
    """Serve the demo pages beside the portal's."""
    templates: list[dict[str, Any]] = deepcopy(django_settings.TEMPLATES)
    templates[0]["DIRS"].append(Path(__file__).parent / "templates")
    with override_settings(ROOT_URLCONF=DEMO, TEMPLATES=templates):
        clear_url_caches()
        yield
    clear_url_caches()


def make_owner() -> User:
    """Return Ada, owner of Northwind Digital, with a password."""
    person = PersonFactory.create(
        with_account=True,
        email="ada@example.com",
        partner=PartnerFactory.create(name="Northwind Digital"),
    )
    user = person.user
    assert user is not None
    user.full_name = "Ada Example"
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def demo_urls() -> Iterator[None]:
    with serving_the_demo():
        yield


@pytest.fixture
def owner(db: None) -> User:
    return make_owner()


@pytest.fixture
def owner_client(owner: User) -> Client:
    """Ada's browser, signed in."""
    client = Client()
    client.force_login(owner)
    return client
