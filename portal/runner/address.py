"""Where the portal listens: the wished port, or the next one that is free."""

import socket
from contextlib import closing

TRIES = 50


class NoFreePortError(Exception):
    """Neither the wished port nor the ones after it are free."""


def free_port(*, host: str, wished: int) -> int:
    """Return `wished` or the first free port after it."""
    for port in range(wished, min(wished + TRIES, 65_536)):
        if is_free(host=host, port=port):
            return port
    raise NoFreePortError(f"No port from {wished} to {wished + TRIES - 1} is free.")


def is_free(*, host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family)) as listener:
        # A port whose connections only wait to time out counts as free, as for gunicorn.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError:
            return False
    return True
