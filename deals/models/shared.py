"""What both sides put on a shared deal: comments, files, people, and its timeline."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from deals.models.deals import Deal
from deals.models.visibility import deal_scope
from partners.append_only import AppendOnlyModel, AppendOnlyQuerySet

if TYPE_CHECKING:
    from partners.models import User

MAX_FILE_BYTES = 10 * 1024 * 1024


class DealCommentQuerySet(AppendOnlyQuerySet["DealComment"]):
    def visible_to(self, user: User) -> Self:
        """Return what an account may read: internal notes are the vendor's."""
        scope = self.filter(deal_scope(user, "deal__"))
        return scope if user.is_staff else scope.filter(internal=False)


class DealComment(AppendOnlyModel):
    """A comment on a deal; an internal one is never shown to the partner."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    deal = models.ForeignKey(
        Deal, on_delete=models.PROTECT, related_name="comments", verbose_name=_("deal")
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("by"),
    )
    text = models.TextField(_("text"), max_length=4_000)
    internal = models.BooleanField(_("internal"), default=False)
    at = models.DateTimeField(_("at"))

    objects = DealCommentQuerySet.as_manager()

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        constraints = [
            models.CheckConstraint(
                name="deal_comment_says_something", condition=~Q(text="")
            )
        ]

    def __str__(self) -> str:
        return self.text[:80]


class DealActivity(AppendOnlyModel):
    """Something that happened to a deal, for its timeline.

    `kind` is worded in `deals.timeline` from `facts`; what is internal stays with the
    vendor.
    """

    deal = models.ForeignKey(
        Deal, on_delete=models.PROTECT, related_name="activities", verbose_name=_("deal")
    )
    kind = models.CharField(_("kind"), max_length=30)
    facts = models.JSONField(_("facts"), default=dict)
    internal = models.BooleanField(_("internal"), default=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("by"),
    )
    at = models.DateTimeField(_("at"))

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")

    def __str__(self) -> str:
        return self.kind


class DealTeamMember(models.Model):
    """Somebody of either side who follows a deal and hears of all that happens to it."""

    deal = models.ForeignKey(
        Deal,
        on_delete=models.PROTECT,
        related_name="team",
        db_index=False,
        verbose_name=_("deal"),
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="deal_teams",
        verbose_name=_("account"),
    )
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("added by"),
    )
    added_at = models.DateTimeField(_("added at"))
    left_at = models.DateTimeField(_("left at"), null=True, blank=True)

    class Meta:
        verbose_name = _("member of a deal team")
        verbose_name_plural = _("members of deal teams")
        constraints = [
            models.UniqueConstraint(
                name="one_place_in_a_deal_team",
                fields=["deal", "user"],
                condition=Q(left_at=None),
            ),
        ]
        indexes = [models.Index(name="deal_team_of_deal", fields=["deal"])]

    def __str__(self) -> str:
        return str(self.user)


class DealFileQuerySet(models.QuerySet["DealFile"]):
    def visible_to(self, user: User) -> Self:
        """Return the files an account may open; internal ones are the vendor's."""
        scope = self.filter(deal_scope(user, "deal__"), removed_at=None)
        return scope if user.is_staff else scope.filter(internal=False)


def file_path(file: DealFile, _name: str) -> str:
    """Return where a file is kept: a name drawn by lot, never the uploader's."""
    return f"deals/{file.public_id.hex[:2]}/{file.public_id.hex}"


class DealFile(models.Model):
    """A file on a deal. Removed, its row stays and its content is gone."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    deal = models.ForeignKey(
        Deal, on_delete=models.PROTECT, related_name="files", verbose_name=_("deal")
    )
    name = models.CharField(_("file name"), max_length=200)
    media_type = models.CharField(_("type"), max_length=100)
    size = models.IntegerField(_("size in bytes"))
    sha256 = models.CharField(_("fingerprint"), max_length=64)
    content = models.FileField(_("content"), upload_to=file_path, max_length=200)
    internal = models.BooleanField(_("internal"), default=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("uploaded by"),
    )
    uploaded_at = models.DateTimeField(_("uploaded at"))
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)

    objects = DealFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        constraints = [
            models.CheckConstraint(
                name="deal_file_size_in_range",
                condition=Q(size__gte=1, size__lte=MAX_FILE_BYTES),
            ),
            models.UniqueConstraint(
                name="one_deal_file_per_content",
                fields=["deal", "sha256", "internal"],
                condition=Q(removed_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.name
