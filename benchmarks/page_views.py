"""The pages that the portal's pages are measured against.

An empty page behind the same middleware, the portal's frame with nothing in it, and lists
as a plain template writes them: the same rows in the same order, one loop, no table
library, no sums, no filter, no frame. They exist in the benchmarks' process only.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, Final

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from benchmarks.world import TODAY
from clients.models import Client, Subscription
from deals.models import Deal
from partners.models import PointsEntry
from ui.http import SignedInRequest

ROWS: Final = 50

FRAME: Final = '{% extends "base.html" %}'

POINTS: Final = """<!doctype html><title>Points</title><table>{% for row in rows %}<tr>
<td><a href="{% url "partners:receipt_entry" row.public_id %}">{{ row.source_ref }}</a>
</td>
<td>{{ row.get_kind_display }}</td><td>{{ row.get_reason_display }}</td>
<td>{{ row.effective_on }}</td><td>{{ row.expires_on|default:"–" }}</td>
<td>{{ row.points }}</td>
</tr>{% endfor %}</table>"""

DEALS: Final = """<!doctype html><title>Deals</title><table>{% for row in rows %}<tr>
<td><a href="{% url "deals:detail" row.public_id %}">{{ row.name }}</a></td>
<td>{{ row.client.name }}</td>
<td>{{ row.get_motion_display }}</td><td>{{ row.get_stage_display }}</td>
<td>{{ row.registered_on }}</td><td>{{ row.closed_on|default:"–" }}</td>
<td>{% for one in row.lines.all %}{{ one.mrr_minor }} {{ one.currency }} {% endfor %}</td>
</tr>{% endfor %}</table>"""

CLIENTS: Final = """<!doctype html><title>Clients</title><table>{% for row in rows %}<tr>
<td>{{ row.name }}</td><td>{{ row.country }}</td><td>{{ row.get_segment_display }}</td>
<td>{% for one in row.running %}{{ one.mrr_minor }} {{ one.currency }} {% endfor %}</td>
</tr>{% endfor %}</table>"""

BOARD: Final = """<!doctype html><title>Board</title>{% for row in rows %}<p>
<a href="{% url "deals:detail" row.public_id %}">{{ row.name }}</a> {{ row.client.name }}
{% for one in row.lines.all %}{{ one.mrr_minor }} {{ one.currency }} {% endfor %}
{{ row.expected_close_on|default:"–" }}</p>
<form method="post" action="{% url "deals:move" row.public_id %}">{% csrf_token %}
<select name="pipeline">{% for value, label in stages %}
<option value="{{ value }}"{% if value == row.pipeline %} selected{% endif %}>{{ label }}
</option>{% endfor %}</select><button>Move</button></form>{% endfor %}"""


@cache
def _template(text: str) -> Any:
    return engines["django"].from_string(text)


def _page(
    text: str, request: HttpRequest, rows: Iterable[Any] = (), **more: Any
) -> HttpResponse:
    return HttpResponse(_template(text).render({"rows": rows, **more}, request))


def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse("<!doctype html><title>Empty</title>")


def frame(request: HttpRequest) -> HttpResponse:
    return _page(FRAME, request)


def points(request: SignedInRequest) -> HttpResponse:
    rows = PointsEntry.objects.visible_to(request.user).order_by("-effective_on", "pk")
    return _page(POINTS, request, rows[:ROWS])


def deals(request: SignedInRequest) -> HttpResponse:
    rows = Deal.objects.visible_to(request.user).order_by("-registered_on", "pk")
    return _page(
        DEALS, request, rows.select_related("client").prefetch_related("lines")[:ROWS]
    )


def board(request: SignedInRequest) -> HttpResponse:
    dated = Deal.objects.visible_to(request.user).filter(
        stage=Deal.Stage.REGISTERED, expected_close_on__isnull=False
    )
    cards = (
        dated.select_related("client")
        .prefetch_related("lines")
        .order_by("expected_close_on", "pk")
    )
    each = ROWS // len(Deal.Pipeline)
    rows = [
        card
        for stage in Deal.Pipeline
        for card in cards.filter(pipeline=stage).order_by("expected_close_on", "pk")[
            :each
        ]
    ]
    return _page(BOARD, request, rows, stages=Deal.Pipeline.choices)


def clients(request: SignedInRequest) -> HttpResponse:
    running = Prefetch(
        "subscriptions",
        queryset=Subscription.objects.running_on(TODAY),
        to_attr="running",
    )
    rows = Client.objects.visible_to(request.user).order_by("name", "pk")
    return _page(CLIENTS, request, rows.prefetch_related(running)[:ROWS])


urlpatterns = [
    path("empty/", empty, name="empty"),
    path("frame/", frame, name="frame"),
    path("points/", points, name="points"),
    path("deals/", deals, name="deals"),
    path("board/", board, name="board"),
    path("clients/", clients, name="clients"),
]
