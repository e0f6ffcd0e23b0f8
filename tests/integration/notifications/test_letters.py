"""Every letter as HTML: one frame, one link, and nobody named in an address."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from urllib.parse import unquote

import pytest
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from outbox.registry import Lane
from outbox.services import drain
from partners.models import Invitation, JoinRequest, Role
from partners.services import invitations
from partners.services.invitations import Invitee, invite
from partners.services.joining import ask_to_join, question_token, refuse_join
from partners.services.letters import send_invitation
from partners.services.mail import mail_digest, mail_notification
from tests.factories import NotificationFactory, PartnerFactory
from tests.factories.people import JoinRequestFactory
from tests.integration.pages import NOON, TODAY, account_of

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOON, tick=False)]

NAMES = ("noor", "haddad", "owner-of", "aurora")
PORTAL = "https://portal.example.com"


@pytest.fixture
def letters(
    mailoutbox: list[EmailMessage], settings: Settings
) -> list[EmailMultiAlternatives]:
    """Return one letter of each kind there is."""
    settings.PORTAL_URL = PORTAL
    company = PartnerFactory.create(name="Aurora", domain="aurora.example")
    owner = account_of(company, email="owner-of@aurora.example", first_name="Noor")
    noor = Invitee(email="noor@aurora.example", first_name="Noor", last_name="Haddad")
    ask_to_join(invitee=noor, language="en", at=NOON)
    refused = JoinRequestFactory.create(partner=company, email="noor@aurora.example")
    refuse_join(request_id=refused.pk, actor=owner, at=NOON)
    invite(
        partner_id=company.pk,
        invitee=noor,
        role=Role.SALES,
        language="fr",
        actor=owner,
        at=NOON,
    )
    drain(lane=Lane.MAIL)
    told = NotificationFactory.create(user=owner, act=True)
    mail_notification(public_id=told.public_id, at=NOON)
    NotificationFactory.create(user=owner, mail="daily")
    mail_digest(user_id=owner.pk, day=TODAY, at=NOON)
    Client().post(reverse("account_reset_password"), {"email": owner.email})
    assert len(mailoutbox) == 6
    return [each for each in mailoutbox if isinstance(each, EmailMultiAlternatives)]


def html_of(letter: EmailMultiAlternatives) -> str:
    return str(letter.alternatives[0][0])


def test_no_address_in_a_letter_names_anybody(
    letters: list[EmailMultiAlternatives],
) -> None:
    for letter in letters:
        whole = f"{letter.body} {html_of(letter)} {letter.extra_headers}"
        links = [
            unquote(unescape(link)) for link in re.findall(r"https?://[^\s\"<>]+", whole)
        ]
        assert links or "refused" in letter.subject
        for link in links:
            assert link.startswith(PORTAL)
            assert not [name for name in NAMES if name in link.lower()], link
            assert "@" not in link


def test_every_letter_has_the_frame_and_fetches_nothing(
    letters: list[EmailMultiAlternatives],
) -> None:
    for letter in letters:
        page = html_of(letter)
        assert page.count('class="card"') == 1, letter.subject
        assert 'name="color-scheme"' in page
        assert not re.search(r"<(img|link|script|iframe)|url\(|@import", page)
        assert "None" not in page


def test_what_asks_for_one_act_has_a_button(
    letters: list[EmailMultiAlternatives],
) -> None:
    with_button = [each for each in letters if 'class="button"' in html_of(each)]

    # All but the refusal and the digest.
    assert len(with_button) == 4


def test_a_letter_says_what_it_is_about_in_the_language_of_its_reader(
    letters: list[EmailMultiAlternatives],
) -> None:
    french = [each for each in letters if '<html lang="fr">' in html_of(each)]

    assert len(french) == 1
    assert "Aurora" in french[0].subject


def test_a_link_whose_key_is_gone_is_not_sent(settings: Settings) -> None:
    company = PartnerFactory.create(domain="aurora.example")
    owner = account_of(company)
    invitation = invite(
        partner_id=company.pk,
        invitee=Invitee(email="a@aurora.example"),
        role=Role.READER,
        language="en",
        actor=owner,
        at=NOON,
    )
    question = ask_to_join(
        invitee=Invitee(email="b@aurora.example"), language="en", at=NOON
    )
    settings.SECRET_KEY = "another one, of fifty letters and more, for this test"

    assert invitations.token_of(invitation) is None
    assert question_token(question) is None
    assert not send_invitation(
        invitation_id=invitation.pk, at=NOON + timedelta(minutes=1)
    )
    assert Invitation.objects.open().exists()
    assert not JoinRequest.objects.exists()
