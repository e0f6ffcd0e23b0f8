"""Pages about what somebody was told, and how they want to be told."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
)

from outbox import clock
from partners.models import Notification
from partners.services import preferences as services
from partners.services.notifications import read_notifications
from portal.notification_centre.forms import (
    NotificationFilterForm,
    PreferencesForm,
    ReadForm,
)
from portal.notification_centre.tables import NotificationTable
from ui.http import SignedInRequest, render_form


@require_GET
def notification_list(request: SignedInRequest) -> HttpResponse:
    """List what the person was told: what needs an act first, then the newest."""
    user = request.user
    filter_form = NotificationFilterForm(request.GET, groups=services.offered_kinds(user))
    mine = Notification.objects.visible_to(user)
    table = NotificationTable(
        filter_form.narrow(mine).select_related("partner").act_first(),
        filtered=filter_form.is_active,
        exclude=() if user.is_staff else ("partner",),
    ).configure(request, known=filter_form.names)
    context = {
        "filter_form": filter_form,
        "table": table,
        "now": clock.now(),
        "query": request.GET.urlencode(),
    }
    return render(request, "notifications/notification_list.html", context)


@require_GET
def open_notification(request: SignedInRequest, notification_id: UUID) -> HttpResponse:
    """Lead to what a notification is about, which marks it as read."""
    told = get_object_or_404(
        Notification.objects.visible_to(request.user), public_id=notification_id
    )
    read_notifications(user=request.user, at=clock.now(), public_id=told.public_id)
    return redirect(told.path or reverse("notifications:list"))


@require_POST
def mark_read(request: SignedInRequest) -> HttpResponse:
    """Mark one notification as read, or all; go back to the list as it was filtered."""
    form = ReadForm(request.POST)
    if not form.is_valid():
        raise BadRequest
    public_id = form.cleaned_data["notification"]
    if public_id is not None:
        mine = Notification.objects.visible_to(request.user)
        get_object_or_404(mine, public_id=public_id)
    read_notifications(user=request.user, at=clock.now(), public_id=public_id)
    query = QueryDict(request.POST.get("query", "")).urlencode()
    address = reverse("notifications:list")
    return redirect(f"{address}?{query}" if query else address)


@require_http_methods(["GET", "POST"])
def preferences(request: SignedInRequest) -> HttpResponse:
    """Choose for each kind when it comes by e-mail."""
    user = request.user
    form = PreferencesForm(request.POST or None, user=user)
    if form.is_valid():
        services.store_preferences(
            user_id=user.pk,
            mails=form.mails(),
            actor=user,
            at=clock.now(),
        )
        messages.success(request, _("Your choices are stored."))
        return redirect("notifications:preferences")
    return render_form(request, "notifications/preferences.html", {}, form=form)


@csrf_exempt  # mail programs send it (RFC 8058); the token is the proof
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """End a kind of mail by the link in it. Looking at the page changes nothing."""
    try:
        if request.method == "POST":
            ended = services.unsubscribe(token=token, at=clock.now())
        else:
            ended = services.read_unsubscribe_token(token)
    except services.InvalidLinkError:
        raise Http404 from None
    context = {"ended": ended, "done": request.method == "POST"}
    return render(request, "notifications/unsubscribe.html", context)
