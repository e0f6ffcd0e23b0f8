"""What is told about deals; each module declares the kinds of one part of their life."""

from deals.notifications.closing import tell_cancelled, tell_won

__all__ = ["tell_cancelled", "tell_won"]
