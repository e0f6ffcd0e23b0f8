"""Where effects are counted."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Effect(models.Model):
    """One row per effect, without any key: what happens twice is here twice."""

    kind = models.CharField(max_length=20)
    number = models.IntegerField()

    objects: ClassVar[models.Manager[Effect]] = models.Manager()

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class OnceEffect(models.Model):
    """One row per number, by a unique key."""

    number = models.IntegerField(unique=True)

    objects: ClassVar[models.Manager[OnceEffect]] = models.Manager()

    def __str__(self) -> str:
        return str(self.number)
