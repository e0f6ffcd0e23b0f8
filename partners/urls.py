"""/points/… and /receipts/…"""

from django.urls import include, path, register_converter

from partners import views
from partners.receipts.addresses import Number
from ui.converters import DayConverter


class NumberConverter:
    """One of the numbers that have a receipt."""

    regex = "|".join(Number)

    def to_python(self, value: str) -> Number:
        return Number(value)

    def to_url(self, value: Number) -> str:
        return value.value


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
urlpatterns = [
    path("points/", views.points_list, name="points"),
    path("points/entries.csv", views.points_csv, name="points_csv"),
    path("receipts/points/<uuid:entry_id>/", views.receipt_entry, name="receipt_entry"),
    path("receipts/<uuid:partner_id>/", include(partner_urls)),
]
