"""/deals/…"""

from django.urls import path

from deals.pages import (
    board,
    check,
    detail,
    files,
    proofs,
    registering,
    registrations,
    requests,
    signals,
    simulator,
    work,
)
from deals.pages import list as listing

app_name = "deals"

urlpatterns = [
    path("proof/<str:secret>/", proofs.proof, name="proof"),
    path("signals/", signals.signal, name="signal"),
    path("deals/signals/", signals.signals, name="signals"),
    path("deals/signals/ask/", signals.ask, name="signals_ask"),
    path("deals/", listing.deal_list, name="list"),
    path("deals/what-if/", simulator.what_if, name="what_if"),
    path("deals/what-if/save/", simulator.save, name="scenario_save"),
    path("deals/what-if/<uuid:scenario_id>/", simulator.scenario, name="scenario"),
    path(
        "deals/what-if/<uuid:scenario_id>/change/",
        simulator.change,
        name="scenario_change",
    ),
    path(
        "deals/what-if/<uuid:scenario_id>/remove/",
        simulator.remove,
        name="scenario_remove",
    ),
    path("deals/check/", check.check_prospect, name="check"),
    path("deals/holds/", check.hold, name="hold"),
    path("deals/holds/<uuid:hold_id>/", check.hold_receipt, name="hold_receipt"),
    path("deals/holds/<uuid:hold_id>/end/", check.hold_end, name="hold_end"),
    path("deals/register/", registering.register, name="register"),
    path("deals/registrations/", registrations.registration_list, name="registrations"),
    path(
        "deals/registrations/<uuid:registration_id>/",
        registrations.registration,
        name="registration",
    ),
    path(
        "deals/registrations/<uuid:registration_id>/edit/",
        registering.edit,
        name="registration_edit",
    ),
    path(
        "deals/registrations/<uuid:registration_id>/receipt/",
        registrations.receipt,
        name="registration_receipt",
    ),
    path(
        "deals/registrations/<uuid:registration_id>/appeal/",
        registrations.appeal,
        name="registration_appeal",
    ),
    path(
        "deals/registrations/<uuid:registration_id>/withdraw/",
        registrations.withdraw,
        name="registration_withdraw",
    ),
    path("deals/board/", board.board, name="board"),
    path("deals/forecast/", board.forecast, name="forecast"),
    path("deals/<uuid:deal_id>/", detail.deal_detail, name="detail"),
    path("deals/<uuid:deal_id>/move/", board.move, name="move"),
    path("deals/<uuid:deal_id>/comment/", work.comment, name="comment"),
    path("deals/<uuid:deal_id>/change/", work.change, name="change"),
    path("deals/<uuid:deal_id>/team/join/", work.team_join, name="team_join"),
    path("deals/<uuid:deal_id>/team/leave/", work.team_leave, name="team_leave"),
    path("deals/<uuid:deal_id>/files/", files.file_add, name="file_add"),
    path("deals/<uuid:deal_id>/files/<uuid:file_id>/", files.file, name="file"),
    path(
        "deals/<uuid:deal_id>/files/<uuid:file_id>/remove/",
        files.file_remove,
        name="file_remove",
    ),
    path(
        "deals/<uuid:deal_id>/motion/confirm/", work.motion_confirm, name="motion_confirm"
    ),
    path(
        "deals/<uuid:deal_id>/motion/contest/", work.motion_contest, name="motion_contest"
    ),
    path("deals/<uuid:deal_id>/motion/decide/", work.motion_decide, name="motion_decide"),
    path("deals/<uuid:deal_id>/proof/ask/", work.proof_ask, name="proof_ask"),
    path(
        "deals/<uuid:deal_id>/proof/<uuid:link_id>/withdraw/",
        work.proof_withdraw,
        name="proof_withdraw",
    ),
    path("deals/<uuid:deal_id>/proof/record/", work.proof_record, name="proof_record"),
    path("deals/<uuid:deal_id>/lose/", work.lose, name="lose"),
    path("deals/<uuid:deal_id>/withdraw/", work.withdraw, name="withdraw"),
    path("deals/<uuid:deal_id>/extend/", work.extend, name="extend"),
    path(
        "deals/<uuid:deal_id>/requests/<slug:kind>/ask/", requests.ask, name="request_ask"
    ),
    path(
        "deals/<uuid:deal_id>/requests/<uuid:request_id>/withdraw/",
        requests.withdraw,
        name="request_withdraw",
    ),
    path(
        "deals/<uuid:deal_id>/requests/<uuid:request_id>/answer/",
        requests.answer,
        name="request_answer",
    ),
    path(
        "deals/<uuid:deal_id>/requests/<uuid:request_id>/revoke/",
        requests.revoke,
        name="request_revoke",
    ),
]
