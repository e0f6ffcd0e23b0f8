"""Who signs in: people of partner companies and staff of the programme."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from partners.models.companies import Partner
    from partners.models.people import Person


class StaffRole(models.TextChoices):
    """What a member of staff is there for (design 7)."""

    PDM = "pdm", _("Partner development manager")
    PROGRAMME_MANAGER = "programme_manager", _("Programme manager")
    FINANCE = "finance", _("Finance")
    GROWTH_SPECIALIST = "growth_specialist", _("Growth specialist")
    AUDITOR = "auditor", _("Auditor")


class UserManager(BaseUserManager["User"]):
    """Creates accounts; an e-mail address is the name one signs in with."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create an account. Without a password it cannot sign in until one is set."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(
        self, email: str, password: str | None = None, **fields: Any
    ) -> User:
        return self.create_user(
            email,
            password,
            is_staff=True,
            is_superuser=True,
            staff_role=StaffRole.PROGRAMME_MANAGER,
            **fields,
        )


class User(AbstractBaseUser, PermissionsMixin):
    """An account. What it may see follows from its staff role or from its person."""

    email = models.EmailField(_("e-mail"), max_length=254, unique=True)
    full_name = models.CharField(_("name"), max_length=150, blank=True)
    language = models.CharField(
        _("language"),
        max_length=5,
        default="en",
        choices=[("en", "English"), ("fr", "Français")],
    )
    time_zone = models.CharField(_("time zone"), max_length=50, default="UTC")
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("staff"), default=False)
    staff_role = models.CharField(
        _("staff role"), max_length=20, choices=StaffRole, blank=True, default=""
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            # Stored in lower case, so that `unique` means one account per address.
            models.CheckConstraint(
                name="user_email_is_lower_case", condition=Q(email=Lower("email"))
            ),
            models.CheckConstraint(
                name="staff_role_only_for_staff",
                condition=Q(is_staff=True) | Q(staff_role=""),
            ),
        ]

    def __str__(self) -> str:
        return self.full_name or self.email

    def get_short_name(self) -> str:
        """Return the name the back office greets with."""
        return self.full_name

    def clean(self) -> None:
        super().clean()
        self.email = self.email.strip().lower()

    @cached_property
    def person(self) -> Person | None:
        """Return the person this account acts for; None for staff and who left."""
        if self.is_staff:
            return None
        return self.people.active().select_related("partner__pdm").first()

    @property
    def partner(self) -> Partner | None:
        """The partner company this account acts for, or None."""
        return self.person.partner if self.person else None
