"""Every activity that the code writes has words in the timeline of a deal."""

from __future__ import annotations

from deals.timeline import WORDS
from tests.architecture.audit_acts import DEEPEST, HOLE, _texts, calls


def test_every_kind_of_activity_has_words() -> None:
    kinds = {
        kind
        for call in calls()
        if call.name == "note_activity"
        for kind in _texts(call.node.args[1], call, DEEPEST)
    }

    assert not {kind for kind in kinds if HOLE in kind}
    assert kinds == set(WORDS)
