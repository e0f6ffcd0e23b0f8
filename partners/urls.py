"""/points/…, /receipts/… and /rulebook/…"""

from django.urls import include, path, register_converter

from partners import views
from partners.pages import rulebook, standing, tier, tier_receipts
from partners.receipts.addresses import Number
from ui.converters import DayConverter


class NumberConverter:
    """One of the numbers that have a receipt."""

    regex = "|".join(Number)

    def to_python(self, value: str) -> Number:
        return Number(value)

    def to_url(self, value: Number) -> str:
        return value.value


class CodeConverter:
    """The code of an edition."""

    regex = "[A-Za-z0-9][A-Za-z0-9.-]{0,29}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(CodeConverter, "code")
register_converter(DayConverter, "day")
register_converter(NumberConverter, "number")

app_name = "partners"

# /receipts/<partner>/
partner_urls = [
    path(
        "performing-tier/<day:day>/",
        views.receipt_performing_tier,
        name="receipt_performing_tier",
    ),
    path(
        "credited-tier/<day:day>/",
        views.receipt_credited_tier,
        name="receipt_credited_tier",
    ),
    path("<number:number>/<day:day>/", views.receipt_number, name="receipt_number"),
]
rulebook_urls = [
    path("", rulebook.current, name="rulebook"),
    path("compare/", rulebook.side_by_side, name="rulebook_compare"),
    path("what-changes/", rulebook.what_changes, name="rulebook_changes"),
    path("<code:code>/", rulebook.edition, name="rulebook_edition"),
]
# /receipts/
tier_receipt_urls = [
    path(
        "snapshots/<uuid:row_id>/",
        tier_receipts.receipt_snapshot,
        name="receipt_snapshot",
    ),
    path(
        "evaluations/<uuid:row_id>/",
        tier_receipts.receipt_evaluation,
        name="receipt_evaluation",
    ),
    path(
        "overrides/<uuid:row_id>/",
        tier_receipts.receipt_override,
        name="receipt_override",
    ),
    path("appeals/<uuid:row_id>/", tier_receipts.receipt_appeal, name="receipt_appeal"),
    path("elite/<uuid:row_id>/", tier_receipts.receipt_elite, name="receipt_elite"),
]
urlpatterns = [
    path("rulebook/", include(rulebook_urls)),
    path("standing/", standing.standing, name="standing"),
    path("points/", views.points_list, name="points"),
    path("receipts/points/<uuid:entry_id>/", views.receipt_entry, name="receipt_entry"),
    path("tier/", tier.tier, name="tier"),
    path("tier/history.csv", tier.tier_csv, name="tier_csv"),
    path("tier/appeal/", tier.appeal, name="tier_appeal"),
    path("tier/elite/<uuid:review_id>/", tier.elite_answer, name="elite_answer"),
    path("receipts/", include(tier_receipt_urls)),
    path("receipts/<uuid:partner_id>/", include(partner_urls)),
]
