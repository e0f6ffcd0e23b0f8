"""The colours a state may have. A word always stands beside the colour."""

from enum import StrEnum


class Tone(StrEnum):
    """What a colour says; `figures.css` has a class for each."""

    NEUTRAL = "neutral"
    BRAND = "brand"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    GOLD = "gold"
    PLATINUM = "platinum"
    DIAMOND = "diamond"
    ELITE = "elite"
