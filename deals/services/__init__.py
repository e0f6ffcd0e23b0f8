"""What happens to deals; each package is one part of it, each module one act of people.

what_if        the simulator
registrations  from the first look at a domain to the answer
sharing        what both sides put on a shared deal
life           from the motion to the day it is cancelled
specialists    who of the vendor works on a deal
days           what each day owes to these
activities     writes the timeline, and knows whom it concerns
benefits       what a suspended benefit forbids
"""

from deals.services.days import run_deal_day
from deals.services.life.closing import (
    expire_deal,
    lose_deal,
    win_deal,
    withdraw_deal,
)
from deals.services.life.motions import (
    MotionError,
    confirm_motion,
    contest_motion,
    correct_motion,
    decide_motion,
    propose,
)
from deals.services.life.proving import (
    PROVABLE,
    ProofError,
    add_proof,
    answer_proof,
    ask_for_proof,
    find_request,
    send_proof_letter,
    withdraw_proof_request,
)
from deals.services.life.running import cancel_deal, downgrade_line, upgrade_line
from deals.services.life.settling import (
    settle_converted,
    settle_deals,
    tier_history,
    won_facts,
)
from deals.services.life.steps import InvalidAmountError, InvalidDayError
from deals.services.life.validity import expire_and_remind, extend_deal, may_extend
from deals.services.sharing.signalling import (
    SignalError,
    is_signed,
    receive_signal,
    signature_of,
    subscribe,
)
from deals.services.specialists.assigning import (
    AssignmentError,
    assign,
    assign_engineer,
    assign_waiting,
    reassign,
)

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
