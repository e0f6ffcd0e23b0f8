"""The doors for who has no account yet: an invitation's link, and asking to join."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from outbox import clock
from partners.services.invitations import (
    InvitationError,
    InvitationGoneError,
    accept_invitation,
    find_invitation,
    needs_password,
)
from partners.services.joining import (
    JoinError,
    ask_to_join,
    confirm_join,
    read_question,
)
from portal.company.forms import ConfirmForm, JoinForm, PasswordForm
from ui.doors import spend
from ui.http import render_form, sent
from ui.query import Query


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """Show an invitation; by POST accept it, once however often it is sent."""
    spend(request, "invitation", key=token)
    Query(request.GET, known=())
    now = clock.now()
    try:
        invitation = find_invitation(token=token, at=now)
    except InvitationGoneError:
        return _gone(request)
    asks = needs_password(invitation)
    form = (PasswordForm if asks else ConfirmForm)(sent(request), invitation=invitation)
    if form.is_valid():
        try:
            accept_invitation(
                token=token,
                password=form.cleaned_data.get("password"),
                language=get_language() or invitation.language,
                at=now,
            )
        except InvitationGoneError:
            return _gone(request)
        except InvitationError as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request,
                _("Welcome to %(company)s. Sign in to begin.")
                % {"company": invitation.partner.name},
            )
            return redirect("account_login")
    context = {"invitation": invitation, "asks": asks}
    return render_form(request, "company/accept.html", context, form=form)


@login_not_required
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """Ask for an address; say the same whether or not there is a company for it."""
    Query(request.GET, known=())
    form = JoinForm(sent(request))
    if form.is_valid():
        spend(request, "join", key=form.invitee.email)
        ask_to_join(invitee=form.invitee, language=get_language() or "en", at=clock.now())
        return redirect("company:join_sent")
    return render_form(request, "company/join.html", {}, form=form)


@login_not_required
@require_http_methods(["GET"])
def join_sent(request: HttpRequest) -> HttpResponse:
    """Say what happens next, whatever address was given."""
    Query(request.GET, known=())
    return render(request, "company/join_sent.html")


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def join_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Show who asks; by POST put the request before the owners.

    Not by GET, because programs that look into mails follow every link.
    """
    spend(request, "join_confirm")
    Query(request.GET, known=())
    now = clock.now()
    try:
        asking = read_question(token=token, at=now)
        asked = confirm_join(token=token, at=now) if request.method == "POST" else None
    except JoinError:
        return _gone(request)
    context = {"asking": asking, "asked": asked}
    return render(request, "company/join_confirm.html", context)


def _gone(request: HttpRequest) -> HttpResponse:
    """Answer the same for every link that opens nothing, whatever became of it."""
    return render(request, "company/gone.html", status=HTTPStatus.NOT_FOUND)
