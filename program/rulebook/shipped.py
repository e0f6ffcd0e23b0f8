"""The editions that ship with the portal."""

from importlib.resources import files

_FILES = ("2025-a.toml", "2025-b.toml")


def shipped_documents() -> tuple[str, ...]:
    """Return the TOML documents of the guide's editions, the oldest first."""
    folder = files("program") / "rulebooks"
    return tuple((folder / name).read_text(encoding="utf-8") for name in _FILES)
