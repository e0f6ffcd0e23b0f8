"""The embedded default's secret key: made once, kept in a file only its owner reads."""

import os
import secrets
from pathlib import Path


def local_secret(path: Path) -> str:
    """Return the key in `path`; make it on the first start.

    Two processes that start together agree: the file appears whole under its name, by a
    link that fails for whoever comes second.
    """
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(64))
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        return path.read_text(encoding="ascii")
