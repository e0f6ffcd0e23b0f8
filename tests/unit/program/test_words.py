"""The order of the tiers and the columns of the matrix (rulebook 1.1)."""

from itertools import combinations, product

import pytest

from program.rulebook import Level, Membership, RulebookError, Tier

ORDER = ["none", "gold", "platinum", "diamond", "elite"]


def test_tiers_stand_in_their_order_and_not_in_that_of_letters() -> None:
    assert sorted(Tier, reverse=True) == [Tier(code) for code in reversed(ORDER)]
    assert [tier.rank for tier in Tier] == [0, 1, 2, 3, 4]
    assert max(Tier.GOLD, Tier.DIAMOND, Tier.NONE) is Tier.DIAMOND
    assert [tier.next for tier in Tier] == [*list(Tier)[1:], None]


def test_tiers_compare_with_each_other_and_with_their_codes() -> None:
    for lower, higher in combinations(ORDER, 2):
        assert Tier(lower) < Tier(higher)
        assert Tier(lower) < higher
        assert lower < Tier(higher)
        assert Tier(higher) > lower
        assert not Tier(higher) <= lower
        assert not Tier(lower) >= higher
    assert all(Tier(code) <= code and Tier(code) >= code for code in ORDER)


def test_a_word_that_is_no_tier_does_not_compare() -> None:
    with pytest.raises(ValueError, match="silver"):
        assert Tier.GOLD < "silver"


def test_a_providers_column_is_its_own_whatever_its_tier() -> None:
    columns = {
        Level.of(membership, tier) for membership, tier in product(Membership, Tier)
    }

    assert columns == set(Level)
    assert {Level.of(Membership.PROVIDER, tier) for tier in Tier} == {Level.PROVIDER}
    assert Level.of(Membership.PARTNER, Tier.NONE) is Level.NONE


def test_an_error_names_what_it_knows() -> None:
    assert str(RulebookError("is missing", key="points.rates", line=7)) == (
        "line 7: points.rates: is missing"
    )
    assert str(RulebookError("is not TOML", line=7)) == "line 7: is not TOML"
    assert str(RulebookError("is not TOML")) == "is not TOML"
    assert str(RulebookError("is missing", key="points")) == "points: is missing"
