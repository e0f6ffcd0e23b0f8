"""What payouts refuse, in a sentence for people."""


class PayoutError(ValueError):
    """A payout that cannot be prepared, decided, sent or answered; it says why."""
