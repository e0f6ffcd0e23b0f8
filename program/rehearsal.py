"""What another edition does to a partner's tier, and which minimum decides it."""

from dataclasses import dataclass

from program.rulebook import Rulebook, Tier
from program.tiers import Constraint, Gap, Totals, gaps


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why the numbers that gave one tier give another under another edition.

    `tier` is the one that is lost or won. `constraint` is the first of its minima that
    refuses it, under the edition that does; `before` and `after` are that minimum under
    either. None of them where the numbers suffice and only the invitation is missing.
    """

    tier: Tier
    constraint: Constraint | None
    before: Gap | None
    after: Gap | None


def reason(
    *, totals: Totals, now: Tier, then: Tier, before: Rulebook, after: Rulebook
) -> Reason | None:
    """Return why `now` by `before` becomes `then` by `after`; None if it stays."""
    if now == then:
        return None
    tier = max(now, then)
    olds = gaps(totals=totals, rulebook=before, tier=tier)
    news = gaps(totals=totals, rulebook=after, tier=tier)
    refusing = news if then < now else olds
    for old, new, one in zip(olds, news, refusing, strict=True):
        if one.enforced and not one.met:
            return Reason(tier=tier, constraint=one.constraint, before=old, after=new)
    return Reason(tier=tier, constraint=None, before=None, after=None)
