"""The simulator: what the next evaluation decides if something happens.

facts        what it rests on, read once
simulating   the choices applied, the outcome
scenarios    choices kept under a name
"""
