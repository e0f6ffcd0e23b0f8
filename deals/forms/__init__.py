"""What is asked of people about deals."""

from deals.forms.filters import DealFilterForm

__all__ = ["DealFilterForm"]
