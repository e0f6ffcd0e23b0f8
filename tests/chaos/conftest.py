"""Processes of these tests know the probe app and recover in seconds."""

from __future__ import annotations

import pytest

from tests.live import live_broker, live_database, live_stack

__all__ = ["live_broker", "live_database", "live_stack"]


@pytest.fixture
def live_settings() -> str:
    return "tests.chaos.settings"
