"""The set-up says what a machine lacks, and does nothing that is done already."""

import importlib.util
import sys
from pathlib import Path

import pytest

from scripts import setup


@pytest.fixture
def venv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    venv = tmp_path / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(sys.executable)
    requirements = tmp_path / "requirements"
    requirements.mkdir()
    for name in ("uv", "base", "dev"):
        (requirements / f"{name}.txt").write_text(f"{name}==1\n")
    monkeypatch.setattr(setup, "VENV", venv)
    monkeypatch.setattr(setup, "PYTHON", venv / "bin" / "python")
    monkeypatch.setattr(setup, "REQUIREMENTS", requirements)
    return venv


@pytest.fixture
def installs(venv: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return which levels were installed; nothing really is."""
    installs: list[str] = []

    def install(level: str) -> None:
        installs.append(level)
        for other in setup.LEVELS:
            setup.stamp(other).unlink(missing_ok=True)
        setup.stamp(level).write_text(setup.fingerprint(level))

    monkeypatch.setattr(setup, "install", install)
    monkeypatch.setattr(setup, "make_venv", lambda: None)
    return installs


def test_the_second_time_nothing_is_installed(installs: list[str]) -> None:
    setup.set_up("base")

    setup.set_up("base")

    assert installs == ["base"]


def test_what_tests_need_is_enough_to_run(installs: list[str]) -> None:
    setup.set_up("dev")

    setup.set_up("base")

    assert installs == ["dev"]


def test_tests_need_more_than_running(installs: list[str]) -> None:
    setup.set_up("base")

    setup.set_up("dev")

    assert installs == ["base", "dev"]


def test_a_new_lock_is_installed_without_losing_the_tests_packages(
    installs: list[str],
) -> None:
    setup.set_up("dev")
    (setup.REQUIREMENTS / "dev.txt").write_text("dev==2\n")

    setup.set_up("base")

    assert installs == ["dev", "dev"]


def test_a_checkout_that_was_moved_is_installed_anew(
    installs: list[str], venv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setup.set_up("base")
    moved = venv.rename(venv.with_name(".venv-moved"))
    monkeypatch.setattr(setup, "VENV", moved)
    monkeypatch.setattr(setup, "PYTHON", moved / "bin" / "python")

    setup.set_up("base")

    assert installs == ["base", "base"]


def test_a_python_without_venv_leads_to_one_package(
    venv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (venv / "bin" / "python").unlink()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    major, minor = sys.version_info[:2]

    with pytest.raises(setup.SetupError, match=rf"python{major}\.{minor}-venv$"):
        setup.make_venv()


def test_an_old_python_is_refused(venv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (venv / "bin" / "python").unlink()
    monkeypatch.setattr(setup, "OLDEST", (99, 0))

    with pytest.raises(setup.SetupError, match=r"make PYTHON="):
        setup.make_venv()


def test_uv_looks_where_pip_was_told_to_look(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"index-url": "https://mirror.example/simple", "cert": "/etc/ca.pem"}
    monkeypatch.setattr(setup, "pip_option", told.get)
    for variable in ("UV_DEFAULT_INDEX", "UV_INDEX", "SSL_CERT_FILE"):
        monkeypatch.delenv(variable, raising=False)

    environ = setup.uv_environment()

    assert environ["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"
    assert environ["SSL_CERT_FILE"] == "/etc/ca.pem"
    assert "UV_INDEX" not in environ


def test_what_uv_was_told_itself_counts_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "pip_option", lambda name: "https://pip.example")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://uv.example")

    assert setup.uv_environment()["UV_DEFAULT_INDEX"] == "https://uv.example"
