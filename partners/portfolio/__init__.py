"""The back office as far as it depends on whose partner a row is about.

`PortfolioAdmin` is the base of every page, `PortfolioInline` of rows on another's page;
both narrow rows by `scope` and ask `partners.permissions` about everything else.
"""

from partners.portfolio.acts import Deed, ForEach, policy_action
from partners.portfolio.filters import ScopedRelationFilter, SelectedRelationFilter
from partners.portfolio.forms import PortfolioForm
from partners.portfolio.inlines import LastRowsFormSet, PortfolioInline
from partners.portfolio.pages import LedgerAdmin, PortfolioAdmin
from partners.portfolio.queue import QueueAdmin
from partners.portfolio.scopes import Everybodys, OfPartner, Visible

__all__ = [
    "Deed",
    "Everybodys",
    "ForEach",
    "LastRowsFormSet",
    "LedgerAdmin",
    "OfPartner",
    "PortfolioAdmin",
    "PortfolioForm",
    "PortfolioInline",
    "QueueAdmin",
    "ScopedRelationFilter",
    "SelectedRelationFilter",
    "Visible",
    "policy_action",
]
