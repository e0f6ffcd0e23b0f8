"""The cells of the table: what a role may do, and the roles by their short names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from partners.models import StaffRole

VIEW: Final = "view"
ADD: Final = "add"
CHANGE: Final = "change"
DELETE: Final = "delete"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a role may do with a model, besides looking at it.

    `add` and `change` name the fields that may be filled in; `actions` the acts, each a
    service that decides by itself whether the object is in a state for it. `shared` are
    kinds of acts on the page that the vendor shares with the partner.
    """

    add: tuple[str, ...] = ()
    change: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()


LOOK: Final = Grant()

PDM, MANAGER, FINANCE, GROWTH, AUDITOR = (
    StaffRole.PDM,
    StaffRole.PROGRAMME_MANAGER,
    StaffRole.FINANCE,
    StaffRole.GROWTH_SPECIALIST,
    StaffRole.AUDITOR,
)
LOOK_ALL: Final[Mapping[StaffRole, Grant]] = dict.fromkeys(
    (PDM, MANAGER, FINANCE, GROWTH, AUDITOR), LOOK
)
LOOK_MOST: Final[Mapping[StaffRole, Grant]] = dict.fromkeys(
    (PDM, MANAGER, FINANCE, AUDITOR), LOOK
)
