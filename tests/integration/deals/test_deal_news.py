"""Who is told when a deal is won or ends, and of what earns nothing yet."""

from datetime import UTC, date, datetime

import pytest

from deals import services
from deals.models import Deal, InvalidTransitionError
from partners.models import Notification, Role, User
from partners.notifications import words_of
from tests.factories import DealLineFactory, PartnerFactory
from tests.integration.pages import account_of, signed_in

pytestmark = pytest.mark.django_db

DAY = date(2026, 3, 31)
AT = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)


def deal_in(currency: str) -> Deal:
    line = DealLineFactory.create(
        currency=currency, deal__name="Mill", deal__client__name="Weaver"
    )
    return line.deal


def win(deal: Deal) -> None:
    services.win_deal(
        deal_id=deal.pk, closed_on=DAY, poi_on=DAY, actor=None, at=AT, today=DAY
    )


def told(user: User) -> list[str]:
    return list(user.notifications.order_by("pk").values_list("kind", flat=True))


def test_a_win_is_told_to_sales_and_owners() -> None:
    deal = deal_in("USD")
    owner = account_of(deal.partner)
    seller = account_of(deal.partner, role=Role.SALES)
    reader = account_of(deal.partner, role=Role.READER)
    stranger = account_of(PartnerFactory.create())

    win(deal)

    assert [told(user) for user in (owner, seller, reader, stranger)] == [
        ["deals.won"],
        ["deals.won"],
        [],
        [],
    ]
    news = owner.notifications.get()
    assert words_of(news).title == "Mill is won"
    assert "Weaver" in words_of(news).text
    assert signed_in(owner).get(news.path).status_code == 200


def test_a_second_win_is_refused_and_tells_nobody() -> None:
    deal = deal_in("USD")
    account_of(deal.partner)
    win(deal)

    with pytest.raises(InvalidTransitionError):
        win(deal)

    assert Notification.objects.count() == 1


def test_an_end_is_told_too() -> None:
    deal = deal_in("USD")
    owner = account_of(deal.partner)
    win(deal)

    services.cancel_deal(deal_id=deal.pk, on=DAY, note="", actor=None, at=AT)

    assert told(owner) == ["deals.won", "deals.cancelled"]


def test_a_currency_that_is_not_on_the_scale_is_told() -> None:
    deal = deal_in("SEK")
    DealLineFactory.create(deal=deal, product_line="service_hub", currency="USD")
    owner = account_of(deal.partner)

    win(deal)

    assert told(owner) == ["deals.won", "deals.points_pending"]
    pending = owner.notifications.get(kind="deals.points_pending")
    assert words_of(pending).title == "Mill earns nothing yet in SEK"
