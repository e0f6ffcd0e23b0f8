"""The base of every page of the back office about the programme's data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, TypeVar

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import quote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet
from django.forms.formsets import BaseFormSet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from outbox import clock
from partners.models import User
from partners.permissions import (
    ADD,
    CHANGE,
    DELETE,
    VIEW,
    editable_fields,
    staff_may,
)
from partners.portfolio.acts import (
    APPLY,
    MAX_AT_ONCE,
    Deed,
    ForEach,
    Line,
    applies_to,
    policy_of,
)
from partners.portfolio.policed import Policed
from partners.services import audit
from ui import formats
from ui.back_office import CarefulAdmin

ModelT = TypeVar("ModelT", bound=Model)
FormT = TypeVar("FormT", bound=forms.Form)


class PortfolioAdmin(Policed, CarefulAdmin[ModelT]):
    """A page that asks the policy what is shown, offered, accepted and stored.

    The only class that may be registered (`partners.checks`). A foreign object and one
    that does not exist give the same answer, because both are looked up in the portfolio.
    A subclass declares `scope` and `fields` or `fieldsets`; what may be edited stands in
    `partners.permissions`.
    """

    change_form_template = "admin/portfolio/change_form.html"

    def has_module_permission(self, request: HttpRequest) -> bool:
        return staff_may(request.user, VIEW, self.model)

    def get_fieldsets(self, request: HttpRequest, obj: ModelT | None = None) -> Any:
        """Return the declared fields; for a new object those one may fill in."""
        if obj is None:
            adding = editable_fields(request.user, self.model, adding=True)
            return [(None, {"fields": adding})]
        return super().get_fieldsets(request, obj)

    def get_inlines(self, request: HttpRequest, obj: ModelT | None) -> Any:
        return super().get_inlines(request, obj) if obj else ()

    refusals: ClassVar[tuple[type[Exception], ...]] = ()
    """What a service called by `store` or by an action raises for people to read.

    Doing something twice is one of them.
    """

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show or store the form; say so if somebody was faster.

        Forms check what they can; what only storing brings to light is rolled back.
        """
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except self.refusals as error:
            words = str(error)
        except IntegrityError:
            words = _("Nothing was stored: it contradicts what somebody has just stored.")
        self.message_user(request, words, messages.ERROR)
        return HttpResponseRedirect(request.get_full_path())

    # --- Storing: the policy is asked again, about what comes out -----------------------

    def require(self, request: HttpRequest, action: str, obj: Model) -> None:
        """Refuse unless the act is granted and the object, as stored, in the portfolio.

        Within the transaction that stored it, which the refusal rolls back.
        """
        if not staff_may(request.user, action, obj):
            raise PermissionDenied
        if not self.get_queryset(request).filter(pk=obj.pk).exists():
            raise PermissionDenied

    def save_model(
        self,
        request: HttpRequest,
        obj: ModelT,
        form: Any,
        change: bool,  # noqa: FBT001 (Django's signature)
    ) -> None:
        editable = editable_fields(request.user, self.model, adding=not change)
        if not set(form.changed_data) <= set(editable):
            raise PermissionDenied
        self.store(request, obj, form, change=change)
        self.require(request, CHANGE if change else ADD, obj)

    def store(
        self, request: HttpRequest, obj: ModelT, form: Any, *, change: bool
    ) -> None:
        """Store and record a new or edited object; override where a service does it."""
        obj.save()
        self.record(request, obj, form, change=change)

    def record(
        self, request: HttpRequest, obj: Model, form: Any, *, change: bool
    ) -> None:
        """Tell the audit log what was filled in, before and after."""
        page = self.admin_site.get_model_admin(type(obj))
        assert isinstance(page, PortfolioAdmin)  # a system check sees to it
        names = form.changed_data
        before = {name: form.initial.get(name) for name in names} if change else {}
        audit.record(
            f"{obj._meta.label_lower}_{'edited' if change else 'added'}",
            actor=_actor(request),
            at=clock.now(),
            partner_id=page.scope.partner_id_of(obj),
            of=obj,
            changes=audit.differences(before, audit.values_of(obj, names)),
        )

    def save_formset(
        self,
        request: HttpRequest,
        form: Any,
        formset: BaseFormSet[Any],
        change: bool,  # noqa: FBT001 (Django's signature)
    ) -> None:
        super().save_formset(request, form, formset, change)
        if formset.new_objects or formset.deleted_objects:  # type: ignore[attr-defined]
            raise PermissionDenied
        for row, _fields in formset.changed_objects:  # type: ignore[attr-defined]
            page = self.admin_site.get_model_admin(type(row))
            assert isinstance(page, PortfolioAdmin)  # a system check sees to it
            page.require(request, CHANGE, row)
        for row_form in formset.initial_forms:
            if row_form.has_changed():
                self.record(request, row_form.instance, row_form, change=True)

    def delete_model(self, request: HttpRequest, obj: ModelT) -> None:
        self.require(request, DELETE, obj)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ModelT]) -> None:
        for obj in queryset:
            self.delete_model(request, obj)

    # --- Acting -------------------------------------------------------------------------

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Return the actions the policy grants; one it does not name is not there."""
        return {
            name: entry
            for name, entry in super().get_actions(request).items()
            if staff_may(request.user, policy_of(entry[0]), self.model)
        }

    def ask_and_perform(
        self,
        request: HttpRequest,
        queryset: QuerySet[ModelT],
        asking: ForEach,
        act: Callable[[Any, ModelT, Deed], object],
    ) -> HttpResponse | None:
        """Ask what an act needs, do it to each object, say how it went: an action.

        Return the page that asks, or where to go; None leads back to the list as it was.
        """
        if asking.one and len(queryset[:2]) != 1:
            self.message_user(request, asking.one, messages.ERROR)
            return None
        now = clock.now()
        deed = Deed(_actor(request), now, clock.program_day(now), queryset)
        name = act.__name__
        if asking.asks or asking.preview:
            form = self.ask(
                request,
                queryset,
                asking.asks or forms.Form,
                name=name,
                title=asking.title,
                preview=asking.preview and partial(self._outcome, asking.preview, deed),
                **(asking.options(deed) if asking.options else {}),
            )
            if isinstance(form, HttpResponse):
                return form
            deed = replace(deed, given=form.cleaned_data)
        return self.perform(
            request,
            queryset,
            lambda obj: act(self, obj, deed),
            action=policy_of(getattr(self, name)),
            done=asking.done_by(deed),
        )

    def ask(
        self,
        request: HttpRequest,
        queryset: QuerySet[ModelT],
        form_class: Callable[..., FormT],
        *,
        name: str,
        title: str,
        preview: Callable[[ModelT], str] | None = None,
        **options: Any,
    ) -> FormT | HttpResponse:
        """Return the form, filled in and valid, or the page that asks to fill it in.

        `name` is the action's; `preview` says what stands at an object; `options` are the
        form's. More objects than an action takes are refused here already: a page that
        shows some of them and acts on some would look as if it were about all.
        """
        if self._too_many(request, queryset):
            return HttpResponseRedirect(self._page_after(()))
        answered = APPLY in request.POST
        form = form_class(request.POST if answered else None, **options)
        if answered and form.is_valid():
            return form
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "form": form,
            "objects": [Line(obj, preview(obj) if preview else "") for obj in queryset],
            "action": name,
            "checkbox": ACTION_CHECKBOX_NAME,
            "apply": APPLY,
            "media": self.media + form.media,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(
            request,
            "admin/portfolio/action.html",
            context,
            status=422 if answered else 200,
        )

    def perform(
        self,
        request: HttpRequest,
        queryset: QuerySet[ModelT],
        act: Callable[[ModelT], Any],
        *,
        action: str,
        done: str,
    ) -> HttpResponse:
        """Run a service for each object, each in its own transaction; say how it went.

        `action` is the act's name in the policy, `done` what the message and the object's
        history say. `refusals` are said instead, at the object they are about.
        """
        if self._too_many(request, queryset):
            return HttpResponseRedirect(self._page_after(()))
        objects = list(queryset.order_by("pk"))
        if not objects:
            self.message_user(request, _("Nothing is selected."), messages.WARNING)
        for obj in objects:
            try:
                with transaction.atomic():
                    act(obj)
                    self.require(request, action, obj)
                    self.log_change(request, obj, done)
            except self.refusals as error:
                self.message_user(request, f"{obj}: {error}", messages.ERROR)
            else:
                self.message_user(request, f"{obj}: {done}", messages.SUCCESS)
        return HttpResponseRedirect(self._page_after(objects))

    def _outcome(
        self, preview: Callable[[ModelT, Deed], Any], deed: Deed, obj: ModelT
    ) -> str:
        """Return what an act will come to for an object, or why it will be refused."""
        try:
            return str(preview(obj, deed))
        except self.refusals as error:
            return str(error)

    def _too_many(self, request: HttpRequest, queryset: QuerySet[ModelT]) -> bool:
        """Say whether more is selected than an action takes, to the person as well."""
        selected = queryset.count()
        if selected <= MAX_AT_ONCE:
            return False
        words = _("%(selected)d are selected; an action takes at most %(count)d at once.")
        numbers = {"selected": selected, "count": MAX_AT_ONCE}
        self.message_user(request, words % numbers, messages.ERROR)
        return True

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = kwargs.get("obj")
        context["object_actions"] = self._buttons(request, obj) if obj else ()
        context["checkbox"] = ACTION_CHECKBOX_NAME
        if obj:
            # Not "Change %s": languages with articles and elisions cannot be put so.
            context["title"] = capfirst(self.opts.verbose_name)
            context["subtitle"] = self.name_of(obj)
        return super().render_change_form(request, context, *args, **kwargs)

    def name_of(self, obj: ModelT) -> str:
        """Return what an object is called on its page, days as the reader writes them."""
        return formats.days_in(str(obj))

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        changes = super().get_changelist_instance(request)
        changes.title = str(capfirst(self.opts.verbose_name_plural))
        return changes

    def _buttons(self, request: HttpRequest, obj: ModelT) -> Sequence[tuple[str, str]]:
        return [
            (name, str(description))
            for name, (action, _name, description) in self.get_actions(request).items()
            if applies_to(action, obj)
        ]

    def _page_after(self, objects: Sequence[ModelT]) -> str:
        """Return where an action leads: to the one object, or back to the list."""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        if len(objects) == 1:
            return reverse(f"{name}_change", args=[quote(objects[0].pk)])
        return reverse(f"{name}_changelist")


def _actor(request: HttpRequest) -> User:
    user = request.user
    assert isinstance(user, User)  # the admin lets nobody else in
    return user


class LedgerAdmin(PortfolioAdmin[ModelT]):
    """A page to read. Nobody adds, changes or deletes here, whatever a table may say."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(
        self,
        request: HttpRequest,
        obj: ModelT,
        form: Any,
        change: bool,  # noqa: FBT001 (Django's signature)
    ) -> None:
        raise PermissionDenied

    def delete_model(self, request: HttpRequest, obj: ModelT) -> None:
        raise PermissionDenied
