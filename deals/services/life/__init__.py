"""The life of a deal, from the motion that is proposed to the day it is cancelled (3.6).

steps        writes a step down: the history and the audit log
settling     what a deal owes the points ledger, and what a win rests on
motions      proposed, confirmed, contested, corrected, decided
introducing  an introduction of the vendor that proves the motion
proving      proofs of involvement, asked for and given
running      a won deal: upgraded, downgraded, cancelled
closing      won, lost, withdrawn, expired
validity     reminded, extended, run out
"""
