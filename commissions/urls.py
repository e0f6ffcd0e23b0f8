"""/commissions/…"""

from datetime import date

from django.urls import path, register_converter

from commissions.pages import (
    bank,
    curve,
    disputes,
    home,
    papers,
    reconcile,
    schedule,
    statement_files,
    statements,
)
from ui.query import FIRST_DAY, LAST_DAY


class MonthConverter:
    """A month, written YYYY-MM; what is none is a page that does not exist."""

    regex = "[0-9]{4}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        month = date.fromisoformat(f"{value}-01")
        if not FIRST_DAY <= month <= LAST_DAY:
            raise ValueError(f"{value} is outside the days of the programme")
        return month

    def to_url(self, value: date) -> str:
        return f"{value:%Y-%m}"


register_converter(MonthConverter, "month")

app_name = "commissions"

urlpatterns = [
    path("", home.commission_list, name="list"),
    path("next/", home.next_payment, name="next_payment"),
    path("ahead/", curve.curve, name="curve"),
    path("reconcile/", reconcile.reconcile, name="reconcile"),
    path("schedules/<uuid:schedule_id>/", schedule.schedule, name="schedule"),
    path("schedules/<uuid:schedule_id>/<month:month>/", schedule.month, name="month"),
    path(
        "schedules/<uuid:schedule_id>/<month:month>/contest/",
        disputes.contest,
        name="contest",
    ),
    path("disputes/", disputes.dispute_list, name="disputes"),
    path("disputes/<uuid:dispute_id>/", disputes.dispute, name="dispute"),
    path(
        "disputes/<uuid:dispute_id>/write/",
        disputes.dispute_message,
        name="dispute_message",
    ),
    path(
        "disputes/<uuid:dispute_id>/withdraw/",
        disputes.dispute_withdraw,
        name="dispute_withdraw",
    ),
    path("statements/", statements.statement_list, name="statements"),
    path("statements/waiting/", statements.waiting, name="waiting"),
    path("papers/", papers.papers, name="papers"),
    path("papers/file/", papers.paper_add, name="paper_add"),
    path("papers/<uuid:document_id>/", papers.paper_file, name="paper_file"),
    path(
        "papers/<uuid:document_id>/restart/", papers.paper_restart, name="paper_restart"
    ),
    path("bank/", bank.bank, name="bank"),
    path("bank/change/", bank.bank_change, name="bank_change"),
    path("statements/<uuid:statement_id>/", statements.statement, name="statement"),
    path(
        "statements/<uuid:statement_id>/pdf/", statement_files.pdf, name="statement_pdf"
    ),
    path(
        "statements/<uuid:statement_id>/csv/", statement_files.csv, name="statement_csv"
    ),
    path(
        "statements/<uuid:statement_id>/xlsx/",
        statement_files.xlsx,
        name="statement_xlsx",
    ),
]
