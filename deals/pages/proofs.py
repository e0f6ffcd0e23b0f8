"""The page on which a client says whether a partner is involved; without an account."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from deals import services
from deals.forms.proofs import ProofAnswerForm
from deals.models import ProofRequest
from outbox import clock
from ui.doors import spend
from ui.http import render_form, sent
from ui.query import Query


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def proof(request: HttpRequest, secret: str) -> HttpResponse:
    """Ask the client; by POST take the answer, once however often it is sent."""
    spend(request, "proof", key=secret)
    Query(request.GET, known=())
    now = clock.now()
    asked = services.find_request(secret, at=now)
    if asked is None:
        return _gone(request)
    form = ProofAnswerForm(sent(request))
    if form.is_valid():
        confirmed = form.cleaned_data["answer"] == ProofRequest.Answer.CONFIRMED
        try:
            services.answer_proof(
                secret=secret,
                confirmed=confirmed,
                signed_as=form.cleaned_data["signed_as"],
                remark=form.cleaned_data["remark"],
                at=now,
            )
        except services.ProofError:
            return _gone(request)
        return render(request, "deals/proof_thanks.html", {"confirmed": confirmed})
    return render_form(request, "deals/proof.html", {"asked": asked}, form=form)


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, "deals/proof_gone.html", status=HTTPStatus.NOT_FOUND)
