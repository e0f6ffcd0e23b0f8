"""What happens to deals; each module is one part of their life."""

from deals.services.assigning import (
    AssignmentError,
    assign,
    assign_engineer,
    assign_waiting,
    reassign,
)
from deals.services.closing import (
    expire_deal,
    lose_deal,
    win_deal,
    withdraw_deal,
)
from deals.services.days import run_deal_day
from deals.services.motions import (
    MotionError,
    confirm_motion,
    contest_motion,
    correct_motion,
    decide_motion,
    propose,
)
from deals.services.proving import (
    PROVABLE,
    ProofError,
    add_proof,
    answer_proof,
    ask_for_proof,
    find_request,
    send_proof_letter,
    withdraw_proof_request,
)
from deals.services.running import cancel_deal, downgrade_line, upgrade_line
from deals.services.settling import (
    settle_converted,
    settle_deals,
    tier_history,
    won_facts,
)
from deals.services.signalling import (
    SignalError,
    is_signed,
    receive_signal,
    signature_of,
    subscribe,
)
from deals.services.steps import InvalidAmountError, InvalidDayError
from deals.services.validity import expire_and_remind, extend_deal, may_extend

__all__ = [
    "PROVABLE",
    "AssignmentError",
    "InvalidAmountError",
    "InvalidDayError",
    "MotionError",
    "ProofError",
    "SignalError",
    "add_proof",
    "answer_proof",
    "ask_for_proof",
    "assign",
    "assign_engineer",
    "assign_waiting",
    "cancel_deal",
    "confirm_motion",
    "contest_motion",
    "correct_motion",
    "decide_motion",
    "downgrade_line",
    "expire_and_remind",
    "expire_deal",
    "extend_deal",
    "find_request",
    "is_signed",
    "lose_deal",
    "may_extend",
    "propose",
    "reassign",
    "receive_signal",
    "run_deal_day",
    "send_proof_letter",
    "settle_converted",
    "settle_deals",
    "signature_of",
    "subscribe",
    "tier_history",
    "upgrade_line",
    "win_deal",
    "withdraw_deal",
    "withdraw_proof_request",
    "won_facts",
]
