"""The back office of deals: what changes, changes by actions, each one service call."""

from deals.admin.checks import DomainCheckAdmin, DomainHoldAdmin
from deals.admin.pages import DealAdmin
from deals.admin.registrations import RegistrationAdmin
from deals.admin.requests import DealRequestAdmin
from deals.admin.scenarios import ScenarioAdmin
from deals.admin.signals import ProspectSignalAdmin
from deals.admin.specialists import (
    AssignmentAdmin,
    SpecialistAbsenceAdmin,
    SpecialistAdmin,
    SpecialistAreaAdmin,
)

__all__ = [
    "AssignmentAdmin",
    "DealAdmin",
    "DealRequestAdmin",
    "DomainCheckAdmin",
    "DomainHoldAdmin",
    "ProspectSignalAdmin",
    "RegistrationAdmin",
    "ScenarioAdmin",
    "SpecialistAbsenceAdmin",
    "SpecialistAdmin",
    "SpecialistAreaAdmin",
]
