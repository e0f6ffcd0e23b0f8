"""Who did what, when: one row per change of state, money or right (reliability R10)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from partners.append_only import AppendOnlyModel, AppendOnlyQuerySet
from partners.models.companies import Partner
from partners.models.of_partner import OfPartnerMixin


class AuditEntryQuerySet(OfPartnerMixin, AppendOnlyQuerySet["AuditEntry"]):
    """Acts; those of the programme itself are seen by staff who see all partners."""


class AuditEntry(AppendOnlyModel):
    """One act: what was done to what, by whom, and what it changed.

    `partner` is the company whose chain the row belongs to; none: the programme's own.
    Without `actor` the clock or an import did it. `seen_as` is the person a member of
    staff was looking through. `changes` maps a field to [before, after].
    """

    at = models.DateTimeField(_("at"))
    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        null=True,
        related_name="audit_entries",
        db_index=False,  # the index below begins with it
        verbose_name=_("partner"),
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("who"),
    )
    seen_as = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("seen as"),
    )
    action = models.CharField(_("act"), max_length=60)
    object_type = models.CharField(_("kind of object"), max_length=60, blank=True)
    object_id = models.BigIntegerField(_("object id"), null=True)
    object_label = models.CharField(_("object"), max_length=200, blank=True)
    changes = models.JSONField(_("changes"), default=dict)
    note = models.TextField(_("note"), blank=True)
    request_id = models.CharField(_("request"), max_length=36, blank=True)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        indexes = [
            models.Index(name="audit_of_partner", fields=["partner", "-id"]),
            models.Index(name="audit_of_object", fields=["object_type", "object_id"]),
            models.Index(name="audit_of_act", fields=["action", "-id"]),
            models.Index(name="audit_by_time", fields=["at"]),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_label}".strip()


class AuditSeal(AppendOnlyModel):
    """The link of an entry in the chain of its company; a job adds it afterwards.

    `sha256` is the fingerprint of `previous`, of all the entry says and of the seal's own
    place, so that an entry that is changed, taken out or slipped in breaks the chain.
    `chain` is the company's id, 0 for the programme's own acts; `seq` counts its links,
    `number` those of all chains, each from 1 without a gap. Links follow each other as
    they were sealed: an act whose transaction took long stands behind later ones.
    """

    entry = models.OneToOneField(
        AuditEntry,
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="seal",
        verbose_name=_("entry"),
    )
    chain = models.BigIntegerField(_("chain"))
    seq = models.BigIntegerField(_("number"))
    number = models.BigIntegerField(_("number of all"), unique=True)
    sealed_at = models.DateTimeField(_("sealed at"))
    previous = models.CharField(_("previous fingerprint"), max_length=64, blank=True)
    sha256 = models.CharField(_("fingerprint"), max_length=64)

    objects = AppendOnlyQuerySet["AuditSeal"].as_manager()

    class Meta:
        verbose_name = _("audit seal")
        verbose_name_plural = _("audit seals")
        constraints = [
            models.UniqueConstraint(
                name="one_audit_seal_per_place", fields=["chain", "seq"]
            ),
            models.CheckConstraint(
                name="audit_seal_follows_another_but_the_first",
                condition=models.Q(seq=1, previous="")
                | (models.Q(seq__gt=1) & ~models.Q(previous="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.chain}/{self.seq}"
