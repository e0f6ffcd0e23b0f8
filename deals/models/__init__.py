"""Registrations, the deals they become, and all that both sides put on them."""

from deals.models.assignments import (
    Assignment,
    Specialist,
    SpecialistAbsence,
    SpecialistArea,
    SpecialistKind,
)
from deals.models.deals import (
    Deal,
    DealLine,
    DealQuerySet,
    DealTransition,
    InvalidTransitionError,
    LineReduction,
    client_matches,
    client_shown,
)
from deals.models.domains import DomainCheck, DomainHold, RegisteredDomain
from deals.models.proofs import MotionStep, Proof, ProofRequest
from deals.models.registrations import (
    RefusalCode,
    Registration,
    RegistrationAppeal,
    RegistrationDomain,
    RegistrationLine,
    RegistrationStep,
)
from deals.models.requests import DealRequest
from deals.models.scenarios import Scenario
from deals.models.shared import DealActivity, DealComment, DealFile, DealTeamMember
from deals.models.signals import ProspectSignal, SignalSubscription

__all__ = [
    "Assignment",
    "Deal",
    "DealActivity",
    "DealComment",
    "DealFile",
    "DealLine",
    "DealQuerySet",
    "DealRequest",
    "DealTeamMember",
    "DealTransition",
    "DomainCheck",
    "DomainHold",
    "InvalidTransitionError",
    "LineReduction",
    "MotionStep",
    "Proof",
    "ProofRequest",
    "ProspectSignal",
    "RefusalCode",
    "RegisteredDomain",
    "Registration",
    "RegistrationAppeal",
    "RegistrationDomain",
    "RegistrationLine",
    "RegistrationStep",
    "Scenario",
    "SignalSubscription",
    "Specialist",
    "SpecialistAbsence",
    "SpecialistArea",
    "SpecialistKind",
    "client_matches",
    "client_shown",
]
