"""Letters to people who need not have an account: come in, or you may not."""

from __future__ import annotations

from datetime import datetime
from smtplib import SMTPException
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from partners.models import Invitation, JoinRequest
from partners.services.invitations import Invitee, token_of
from partners.services.joining import confirmation_link
from partners.services.mail import MailNotSentError, portal_address


def send_invitation(*, invitation_id: int, at: datetime) -> bool:
    """Send an invitation's letter, if it still holds; return whether it was sent."""
    invitation = Invitation.objects.select_related("partner", "invited_by").get(
        pk=invitation_id
    )
    token = token_of(invitation) if invitation.holds(at) else None
    if token is None:
        return False
    _send(
        "invitation",
        to=invitation.email,
        language=invitation.language,
        message_id=f"invitation-{invitation.public_id}",
        invitation=invitation,
        url=portal_address(reverse("company:accept", args=[token])),
    )
    return True


def send_confirmation(*, invitee: Invitee, language: str) -> bool:
    """Ask an address whether it asked to join; nothing is sent where nobody may join."""
    token = confirmation_link(invitee=invitee, language=language)
    if token is None:
        return False
    _send(
        "join",
        to=invitee.email,
        language=language,
        message_id=f"join-{uuid4()}",
        url=portal_address(reverse("company:join_confirm", args=[token])),
    )
    return True


def send_join_refusal(*, request_id: int) -> None:
    """Tell somebody that the owners of the company refused the request."""
    request = JoinRequest.objects.select_related("partner").get(pk=request_id)
    _send(
        "join_refused",
        to=request.email,
        language=request.language,
        message_id=f"join-refused-{request.public_id}",
        company=request.partner.name,
    )


def _send(name: str, *, to: str, language: str, message_id: str, **context: Any) -> None:
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
