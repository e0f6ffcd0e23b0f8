"""Letters to people who need not have an account: come in, or you may not."""

from __future__ import annotations

from datetime import datetime
from smtplib import SMTPException
from typing import Any
from urllib.parse import urlsplit

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from partners.models import Invitation, JoinQuestion, JoinRequest
from partners.services.invitations import token_of
from partners.services.joining import question_token
from partners.services.mail import MailNotSentError, portal_address


def send_invitation(*, invitation_id: int, at: datetime) -> bool:
    """Send an invitation's letter, if it still holds; return whether it was sent."""
    invitation = Invitation.objects.select_related("partner", "invited_by").get(
        pk=invitation_id
    )
    token = token_of(invitation) if invitation.holds(at) else None
    if token is None:
        return False
    send_letter(
        "invitation",
        to=invitation.email,
        language=invitation.language,
        message_id=f"invitation-{invitation.public_id}",
        invitation=invitation,
        url=portal_address(reverse("company:accept", args=[token])),
    )
    return True


def send_confirmation(*, question_id: int, at: datetime) -> bool:
    """Ask an address whether it asked to join; return whether it was asked.

    Where nobody may join nothing is sent, and the address is kept no longer.
    """
    question = JoinQuestion.objects.filter(pk=question_id, expires_at__gt=at).first()
    if question is None:
        return False
    token = question_token(question)
    if token is None:
        question.delete()
        return False
    send_letter(
        "join",
        to=question.email,
        language=question.language,
        message_id=f"join-{question.public_id}",
        url=portal_address(reverse("company:join_confirm", args=[token])),
    )
    return True


def send_join_refusal(*, request_id: int) -> None:
    """Tell somebody that the owners of the company refused the request."""
    request = JoinRequest.objects.select_related("partner").get(pk=request_id)
    send_letter(
        "join_refused",
        to=request.email,
        language=request.language,
        message_id=f"join-refused-{request.public_id}",
        company=request.partner.name,
    )


def send_letter(
    name: str, *, to: str, language: str, message_id: str, **context: Any
) -> None:
    """Send the letter `mail/NAME.*` in a language; raises `MailNotSentError`.

    `message_id` is always the same for one letter: mail programs show it once.
    """
    with translation.override(language):
        subject = render_to_string(f"mail/{name}.subject.txt", context)
        text = render_to_string(f"mail/{name}.txt", context)
        html = render_to_string(f"mail/{name}.html", context)
    host = urlsplit(portal_address("/")).hostname
    letter = EmailMultiAlternatives(
        " ".join(subject.split()),
        text.strip() + "\n",
        to=[to],
        headers={
            "Message-ID": f"<{message_id}@{host}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    letter.attach_alternative(html, "text/html")
    try:
        letter.send()
    except (SMTPException, OSError) as error:
        # What the server says names the address, and errors of jobs are logged.
        raise MailNotSentError(type(error).__name__) from None
