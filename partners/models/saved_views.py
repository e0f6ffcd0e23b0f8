"""Lists as people like to see them: a filter, an order and columns under a name."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from partners.models.companies import Partner, partner_scope
from partners.models.exports import MAX_QUERY

if TYPE_CHECKING:
    from partners.models.users import User

MAX_NAME = 60


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, user: User) -> Self:
        """Return a person's own views, and those shared within the person's company.

        A view is no business of staff, whatever companies they may see.
        """
        own = Q(user=user.pk)
        if user.person is None:
            return self.filter(own)
        return self.filter(own | Q(shared=True) & partner_scope(user, "partner__"))

    def of_list(self, page: str, user: User) -> Self:
        """Return the views of a list as one person sees them: the own ones first.

        Each has `is_own`, and `is_default` if the list opens with it for this person.
        """
        default = DefaultView.objects.filter(user=user.pk, view=OuterRef("pk"))
        own = models.Case(
            models.When(user=user.pk, then=True),
            default=False,
            output_field=models.BooleanField(),
        )
        return (
            self.visible_to(user)
            .filter(page=page)
            .annotate(is_own=own, is_default=Exists(default))
            .order_by("-is_own", "name", "pk")
        )


class SavedView(models.Model):
    """A list's query string and columns under a name.

    It is an address and nothing more: whoever opens it sees what they may see anyway.
    Shared, it stands in the lists of everybody at the owner's company.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="saved_views",
        db_index=False,  # the constraint below begins with it
        verbose_name=_("of"),
    )
    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("partner"),
    )
    page = models.CharField(_("list"), max_length=30)
    name = models.CharField(_("name"), max_length=MAX_NAME)
    query = models.CharField(_("query"), max_length=MAX_QUERY, blank=True)
    columns = models.JSONField(_("columns"), default=list)
    shared = models.BooleanField(_("shared with the company"), default=False)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints = [
            models.UniqueConstraint(
                name="one_saved_view_per_person_list_and_name",
                fields=["user", "page", "name"],
            ),
            models.CheckConstraint(name="saved_view_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(
                name="saved_view_is_shared_only_within_a_company",
                condition=Q(shared=False) | Q(partner__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DefaultView(models.Model):
    """The view a list opens with for one person."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        verbose_name=_("for"),
    )
    page = models.CharField(_("list"), max_length=30)
    view = models.ForeignKey(
        SavedView, on_delete=models.CASCADE, related_name="+", verbose_name=_("view")
    )

    class Meta:
        verbose_name = _("default view")
        verbose_name_plural = _("default views")
        constraints = [
            models.UniqueConstraint(
                name="one_default_view_per_person_and_list", fields=["user", "page"]
            ),
        ]

    def __str__(self) -> str:
        return self.page
