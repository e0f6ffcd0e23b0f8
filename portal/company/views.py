"""/company/…: the people of one's company, for its owners to manage and all to read."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outbox import clock
from partners.models import Certification, Invitation, JoinRequest, Partner, Person, Role
from partners.services import team
from partners.services.invitations import InvitationError, invite, revoke_invitation
from partners.services.joining import JoinError, approve_join, refuse_join
from portal.company.forms import InviteForm, RoleForm
from portal.company.tables import PeopleTable
from ui.doors import spend
from ui.http import SignedInRequest, render_form, sent
from ui.query import Query


@require_GET
def people(request: SignedInRequest) -> HttpResponse:
    """List who works here, who is invited, and who asks to join."""
    if request.user.is_staff:
        return redirect("admin:partners_person_changelist")
    company = _company(request)
    now = clock.now()
    today = clock.program_day(now)
    managing = _is_owner(request)
    holding = Certification.objects.valid_on(today)
    team_here = Person.objects.visible_to(request.user).active()
    context = {
        "company": company,
        "managing": managing,
        "table": PeopleTable(
            team_here.select_related("user").prefetch_related(
                Prefetch(
                    "certifications", queryset=holding, to_attr="valid_certifications"
                )
            ),
            managing=managing,
        ).configure(request),
        "today": today,
    }
    if managing:
        invitations = Invitation.objects.visible_to(request.user).open()
        requests = JoinRequest.objects.visible_to(request.user).open()
        context |= {
            "invitations": [
                (each, each.holds(now)) for each in invitations.order_by("-created_at")
            ],
            "requests": requests.order_by("confirmed_at"),
        }
    return render(request, "company/people.html", context)


@require_http_methods(["GET", "POST"])
def invite_person(request: SignedInRequest) -> HttpResponse:
    """Ask whom to invite, and send the invitation."""
    company = _managed(request)
    form = InviteForm(sent(request))
    if form.is_valid():
        spend(request, "invite")
        try:
            invite(
                partner_id=company.pk,
                invitee=form.invitee,
                role=Role(form.cleaned_data["role"]),
                language=request.user.language,
                actor=request.user,
                at=clock.now(),
            )
        except InvitationError as error:
            form.add_error("email", str(error))
        else:
            messages.success(
                request,
                _("The invitation is on its way to %(email)s.")
                % {"email": form.invitee.email},
            )
            return redirect("company:people")
    return render_form(request, "company/invite.html", {"company": company}, form=form)


@require_POST
def revoke(request: SignedInRequest, invitation_id: UUID) -> HttpResponse:
    """Withdraw an invitation."""
    _managed(request)
    invitation = get_object_or_404(
        Invitation.objects.visible_to(request.user), public_id=invitation_id
    )
    try:
        revoke_invitation(invitation_id=invitation.pk, actor=request.user, at=clock.now())
    except InvitationError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The invitation was withdrawn; its link is dead."))
    return redirect("company:people")


@require_GET
def person(request: SignedInRequest, person_id: UUID) -> HttpResponse:
    """Show an owner what can be changed about somebody."""
    _managed(request)
    found = _person(request, person_id)
    form = RoleForm(initial={"role": found.role})
    return _person_page(request, found, form)


@require_POST
def change_role(request: SignedInRequest, person_id: UUID) -> HttpResponse:
    """Give somebody another role."""
    _managed(request)
    found = _person(request, person_id)
    form = RoleForm(request.POST)
    if form.is_valid():
        role = Role(form.cleaned_data["role"])
        try:
            team.change_role(
                person_id=found.pk, role=role, actor=request.user, at=clock.now()
            )
        except team.TeamError as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request,
                _("%(name)s is now %(role)s, from the next page on.")
                % {"name": found, "role": role.label},
            )
            return redirect("company:people")
    return _person_page(request, found, form)


@require_POST
def remove(request: SignedInRequest, person_id: UUID) -> HttpResponse:
    """Record that somebody left; access ends with their next request."""
    _managed(request)
    found = _person(request, person_id)
    now = clock.now()
    try:
        team.remove_person(
            person_id=found.pk,
            actor=request.user,
            at=now,
            today=clock.program_day(now),
        )
    except team.TeamError as error:
        messages.error(request, str(error))
        return redirect("company:person", person_id=person_id)
    messages.success(request, _("%(name)s has left; access has ended.") % {"name": found})
    return redirect("company:people")


@require_http_methods(["GET", "POST"])
def join_request(request: SignedInRequest, request_id: UUID) -> HttpResponse:
    """Show a request to join; by POST approve it with a role."""
    _managed(request)
    asked = _asked(request, request_id)
    form = RoleForm(sent(request), initial={"role": Role.READER})
    if form.is_valid():
        try:
            approve_join(
                request_id=asked.pk,
                role=Role(form.cleaned_data["role"]),
                actor=request.user,
                at=clock.now(),
            )
        except (InvitationError, JoinError) as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request,
                _("Approved: an invitation is on its way to %(email)s.")
                % {"email": asked.email},
            )
            return redirect("company:people")
    return render_form(request, "company/join_request.html", {"asked": asked}, form=form)


@require_POST
def refuse_request(request: SignedInRequest, request_id: UUID) -> HttpResponse:
    """Refuse a request to join."""
    _managed(request)
    asked = _asked(request, request_id)
    try:
        refuse_join(request_id=asked.pk, actor=request.user, at=clock.now())
    except JoinError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Refused; a letter says so."))
    return redirect("company:people")


def _company(request: SignedInRequest) -> Partner:
    """Return the company somebody acts for; 404 for whoever has none."""
    if request.user.partner is None:
        raise Http404
    return request.user.partner


def _managed(request: SignedInRequest) -> Partner:
    """Return the company of an owner; the other roles of it may not (403)."""
    Query(request.GET, known=())
    company = _company(request)
    if not _is_owner(request):
        raise PermissionDenied
    return company


def _is_owner(request: SignedInRequest) -> bool:
    person = request.user.person
    return person is not None and person.role == Role.OWNER


def _person(request: SignedInRequest, person_id: UUID) -> Person:
    working = Person.objects.visible_to(request.user).active()
    return get_object_or_404(working.select_related("user"), public_id=person_id)


def _asked(request: SignedInRequest, request_id: UUID) -> JoinRequest:
    requests = JoinRequest.objects.visible_to(request.user)
    return get_object_or_404(requests.select_related("decided_by"), public_id=request_id)


def _person_page(request: SignedInRequest, found: Person, form: RoleForm) -> HttpResponse:
    context = {
        "person": found,
        "form": form,
        "is_self": found.user_id == request.user.pk,
    }
    refused = form.is_bound and form.errors
    status = HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK
    return render(request, "company/person.html", context, status=status)
