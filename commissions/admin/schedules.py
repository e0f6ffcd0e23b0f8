"""What sales may earn and have earned: to read. Everything here follows from facts."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter

from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commissions.models import Accrual, Schedule, ScheduleStep
from commissions.selectors.months import months_between
from outbox import clock
from partners.portfolio import (
    LedgerAdmin,
    OfPartner,
    PortfolioInline,
    SelectedRelationFilter,
)
from partners.portfolio.display import NOTHING, money, page_link
from ui import formats


class ScheduleStepInline(PortfolioInline[ScheduleStep, Schedule]):
    """What became of a schedule, in its order."""

    model = ScheduleStep
    scope = OfPartner("schedule__partner")
    fields = ("number", "kind", "what", "at")
    ordering = ("number",)
    show_change_link = False

    @admin.display(description=gettext_lazy("what changed"))
    def what(self, step: ScheduleStep) -> str:
        return "; ".join(
            f"{name}: {step.before.get(name, NOTHING)} → {value}"
            for name, value in step.after.items()
            if step.before and name != "facts"
        )


@admin.register(Schedule)
class ScheduleAdmin(LedgerAdmin[Schedule]):
    """The schedules of the portfolio with all that they earned."""

    scope = OfPartner("partner")
    list_display = (
        *("deal_ref", "partner", "client", "product_line", "plan", "refused"),
        *("most", "first_shown", "last_shown", "ended"),
    )
    list_filter = (
        *("plan", "refused", "ended", "first_month"),
        ("partner", SelectedRelationFilter),
    )
    list_select_related = ("partner", "client")
    search_fields = ("deal_ref__startswith", "partner__name", "partner__ref")
    search_help_text = gettext_lazy(
        "The beginning of a deal’s reference, or the name or reference of a partner"
    )
    ordering = ("-pk",)
    sortable_by = ()
    fields = (
        *("deal_page", "partner_page", "client_page", "product_line", "plan", "refused"),
        *("rate", "months", "most", "begins_on", "first_shown", "last_shown", "ended"),
        *("increase_page", "edition", "opened_at", "earned"),
    )
    inlines = (ScheduleStepInline,)

    @admin.display(description=gettext_lazy("deal"))
    def deal_page(self, schedule: Schedule) -> str:
        return page_link(schedule.deal)

    @admin.display(description=gettext_lazy("partner"))
    def partner_page(self, schedule: Schedule) -> str:
        return page_link(schedule.partner)

    @admin.display(description=gettext_lazy("client"))
    def client_page(self, schedule: Schedule) -> str:
        return page_link(schedule.client)

    @admin.display(description=gettext_lazy("touchless increase"))
    def increase_page(self, schedule: Schedule) -> str:
        return page_link(schedule.increase)

    @admin.display(description=gettext_lazy("rate"))
    def rate(self, schedule: Schedule) -> str:
        return formats.percent(schedule.rate_bps)

    @admin.display(description=gettext_lazy("most per month"))
    def most(self, schedule: Schedule) -> str:
        return money(schedule.mrr_minor, schedule.currency)

    @admin.display(description=gettext_lazy("first month"))
    def first_shown(self, schedule: Schedule) -> str:
        return formats.month(schedule.first_month)

    @admin.display(description=gettext_lazy("last month"))
    def last_shown(self, schedule: Schedule) -> str:
        return NOTHING if schedule.never_earns else formats.month(schedule.last_month)

    @admin.display(description=gettext_lazy("earned"))
    def earned(self, schedule: Schedule) -> str:
        """Return the months and their lines, youngest first.

        A table by hand: a row has a key of three columns, which has no page of its own.
        """
        lines = Accrual.objects.filter(
            schedule=schedule,
            month__in=months_between(schedule.first_month, clock.today()),
        ).order_by("-month", "number")
        rows = [
            (
                formats.month(month) if not line.number else "",
                money(line.base_minor, line.currency),
                money(line.commission_minor, line.currency),
                line.get_why_display(),
                line.receipts.replace(",", ", "),
                formats.day(clock.program_day(line.recorded_at)),
            )
            for month, of_month in groupby(lines, key=attrgetter("month"))
            for line in of_month
        ]
        if not rows:
            return NOTHING
        heads = (
            *(_("Month"), _("Base"), _("Commission"), _("Why nothing"), _("Receipts")),
            _("Recorded on"),
        )
        cells = "<td>{}</td>" * len(heads)
        return format_html(
            "<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>",
            format_html_join("", "<th>{}</th>", ((head,) for head in heads)),
            format_html_join("", f"<tr>{cells}</tr>", rows),
        )
