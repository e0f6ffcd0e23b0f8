"""Papers: filed by the partner, decided by finance, until they run out (3.8)."""

from commissions.services.papers.deciding import approve_paper, reject_paper
from commissions.services.papers.demanding import demand_paper
from commissions.services.papers.filing import Invoice, file_paper, restart_paper
from commissions.services.papers.steps import PaperError

__all__ = [
    "Invoice",
    "PaperError",
    "approve_paper",
    "demand_paper",
    "file_paper",
    "reject_paper",
    "restart_paper",
]
