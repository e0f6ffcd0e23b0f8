"""The rules of the programme, and nothing else.

Pure code: the standard library only, no Django, no clock, no input or output but the
TOML documents that ship in `rulebooks/`. `docs/rulebook.md` explains every rule in
words; docstrings cite its sections ("rulebook 3.4") and the guide's rules (R20, C6).

Units
    points  `int` micro-points: 1 point is 1_000_000
    money   `Money`: integer minor units and an ISO 4217 currency
    rates   `int` basis points: 2_000 bps is 20 %
    days    `date` in the programme's time zone
"""

MICRO = 1_000_000
"""Micro-points in one point (rulebook 1.3)."""
