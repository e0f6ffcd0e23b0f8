"""The back office of deals: a deal's stage changes by actions, each one service call."""

from deals.admin.pages import DealAdmin

__all__ = ["DealAdmin"]
