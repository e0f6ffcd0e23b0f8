"""What the tests of the rules share.

Failures inside the shared assertions say what differed. Hypothesis has no deadline here:
how long one example takes says something about the machine, not about a rule.
"""

import pytest
from hypothesis import settings

pytest.register_assert_rewrite("tests.unit.program.editions")

settings.register_profile("rules", deadline=None)
settings.load_profile("rules")
