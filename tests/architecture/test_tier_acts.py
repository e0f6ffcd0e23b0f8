"""Who may answer an invitation to Elite: an own, a foreign and an absent one."""

from __future__ import annotations

import uuid

import pytest
from django.urls import reverse

from partners.models import EliteReview
from tests.architecture.cast import Cast
from tests.architecture.people_matrix import EVERYBODY
from tests.factories import EliteReviewFactory

pytestmark = pytest.mark.django_db

HIDDEN = (404, 404, 404)
ANSWERS = {
    **dict.fromkeys(EVERYBODY, HIDDEN),
    "anonymous": (302, 302, 302),
    "owner": (302, 404, 404),
    **dict.fromkeys(("sales", "services", "finance", "reader"), (403, 403, 403)),
}


def test_an_owner_answers_the_own_invitation_alone(cast: Cast) -> None:
    rows = [
        EliteReviewFactory.create(partner=partner, invited=True).public_id
        for partner in (cast.own, cast.foreign)
    ]
    addresses = [
        reverse("partners:elite_answer", args=[one]) for one in (*rows, uuid.uuid4())
    ]

    answers = {
        who: tuple(cast.browser(who).post(address).status_code for address in addresses)
        for who in EVERYBODY
    }

    assert answers == ANSWERS
    # An empty form is no answer, whoever sends it.
    assert set(EliteReview.objects.values_list("state", flat=True)) == {"invited"}


def test_it_is_never_answered_by_get(cast: Cast) -> None:
    review = EliteReviewFactory.create(partner=cast.own, invited=True)
    address = reverse("partners:elite_answer", args=[review.public_id])

    assert cast.browser("owner").get(address).status_code == 405
