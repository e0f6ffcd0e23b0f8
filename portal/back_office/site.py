"""The admin site. Django's own views that know no portfolio are closed or replaced."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.models import LogEntry
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import (
    URLPattern,
    URLResolver,
    get_script_prefix,
    get_urlconf,
    path,
    reverse,
)
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from partners.permissions import VIEW, role_of, staff_may
from partners.portfolio.display import NOTHING

RECENT_ENTRIES = 100
"""Own actions that the start page looks through for those still in the portfolio."""


class BackOfficeSite(AdminSite):
    """For active staff with a role; what each role finds stands in the policy."""

    site_header = _("Back office")
    site_title = _("Back office")
    index_title = _("What you can see and do")
    _empty_value_display = NOTHING

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self._menus: dict[tuple[object, ...], list[dict[str, Any]]] = {}

    def has_permission(self, request: HttpRequest) -> bool:
        return role_of(request.user) is not None

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Show the start page; whoever sees standings finds the morning list there."""
        morning = staff_may(request.user, VIEW, "partners.standing")
        return super().index(request, {"has_morning": morning, **(extra_context or {})})

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[dict[str, Any]]:
        """Return the menu of the account's role; it is worked out once in each language.

        It stands on every page, and asks four rights of each of sixty models.
        """
        user = request.user
        superuser = bool(getattr(user, "is_superuser", False))
        addresses = (get_script_prefix(), get_urlconf())
        key = (role_of(user), superuser, get_language(), addresses, app_label)
        if key not in self._menus:
            menu = super().get_app_list(request, app_label)
            for entry in (*menu, *(model for app in menu for model in app["models"])):
                entry["name"] = str(entry["name"])
            self._menus[key] = menu
        return self._menus[key]

    # --- Signing in: by the one door that knows limits ----------------------------------

    @method_decorator(never_cache)
    @method_decorator(login_not_required)
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the portal's sign-in. The admin's own form would be a second door."""
        index = reverse("admin:index", current_app=self.name)
        if self.has_permission(request):
            return redirect(index)
        if request.user.is_authenticated:
            raise PermissionDenied
        target = request.GET.get(REDIRECT_FIELD_NAME, "")
        if not url_has_allowed_host_and_scheme(target, allowed_hosts=None):
            target = index
        return redirect_to_login(target, settings.LOGIN_URL)

    def password_change(  # type: ignore[override]  # it need not be a template
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("account_change_password")

    # --- Views that Django gives to everybody who gets in -------------------------------

    def get_urls(self) -> list[URLPattern | URLResolver]:
        ours = path(
            "r/<path:content_type_id>/<path:object_id>/",
            self.admin_view(self.view_on_site),
            name="view_on_site",
        )
        return [ours, *super().get_urls()]

    def view_on_site(
        self, request: HttpRequest, content_type_id: str, object_id: str
    ) -> HttpResponse:
        """Lead to an object's page in the portal, if it lies in the portfolio.

        Django's own view would tell everybody which ids of which models exist.
        """
        try:
            kind = ContentType.objects.get_for_id(int(content_type_id))
        except (ContentType.DoesNotExist, OverflowError, ValueError) as error:
            raise Http404 from error
        model = kind.model_class()
        page = self._registry.get(model) if model else None
        obj = page.get_object(request, object_id) if page else None
        address = getattr(obj, "get_absolute_url", None)
        if address is None:
            raise Http404
        return HttpResponseRedirect(address())

    def get_log_entries(self, request: HttpRequest) -> QuerySet[LogEntry]:
        """Return the own last actions on what still lies in the portfolio.

        Only the start page shows them; others ask for the context, not for the entries.
        """
        if request.path != reverse("admin:index", current_app=self.name):
            return LogEntry.objects.none()
        recent = LogEntry.objects.filter(user=request.user.pk).order_by("-pk")
        ids: dict[int, list[str]] = defaultdict(list)
        for entry in recent[:RECENT_ENTRIES]:
            if entry.content_type_id and entry.object_id:
                ids[entry.content_type_id].append(entry.object_id)
        visible: list[int] = []
        for content_type_id, object_ids in ids.items():
            seen = self._seen(request, content_type_id, object_ids)
            visible += recent.filter(
                content_type=content_type_id, object_id__in=seen
            ).values_list("pk", flat=True)[:RECENT_ENTRIES]
        return super().get_log_entries(request).filter(pk__in=visible)

    def _seen(
        self, request: HttpRequest, content_type_id: int, object_ids: list[str]
    ) -> list[str]:
        model = ContentType.objects.get_for_id(content_type_id).model_class()
        page = self._registry.get(model) if model else None
        if page is None or not page.has_view_permission(request):
            return []
        keys = page.get_queryset(request).filter(pk__in=object_ids)
        return [str(pk) for pk in keys.values_list("pk", flat=True)]
