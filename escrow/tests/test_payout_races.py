"""Payouts at the same moment as each other, as releases and as the provider's news, on real connections."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from escrow import operations, payouts, providers
from escrow.models import Payout, Transfer
from escrow.payouts import PayoutRefused
from escrow.providers.base import PayoutState
from marketplace.accounts.models import User
from marketplace.tests.concurrency import at_once
from marketplace.tests.payouts import StubPayer, balance_of, make_paid_seller, request_payout
from marketplace.tests.trade import AT, confirm_receipt, make_shipped_order, make_variant

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("audit")]

EACH = 4010


def unexpected(results: list[object]) -> list[object]:
    """What was raised besides refusals."""
    return [result for result in results if isinstance(result, Exception) and not isinstance(result, PayoutRefused)]


def paid_out(seller: User) -> int:
    """What all payouts of the seller took that were not given back."""
    kept = Payout.objects.filter(account__owner=seller).exclude(state__in=Payout.GIVEN_BACK)
    return sum(kept.values_list("amount_minor", flat=True))


def test_of_ten_requests_for_everything_one_gets_it() -> None:
    seller = make_paid_seller(sales=3)

    results = at_once([partial(request_payout, seller)] * 10)

    assert unexpected(results) == []
    assert sum(isinstance(result, Payout) for result in results) == 1
    assert (paid_out(seller), balance_of(seller)) == (3 * EACH, 0)


def test_ten_clicks_of_one_page_make_one_payout() -> None:
    seller = make_paid_seller(sales=3)

    results = at_once([partial(request_payout, seller, 1000, reference="PAGE")] * 10)

    assert unexpected(results) == []
    assert len({result.pk for result in results}) == 1
    assert balance_of(seller) == 3 * EACH - 1000


def test_requests_never_take_more_than_there_is_while_sales_are_released() -> None:
    seller = make_paid_seller()
    variant = make_variant(seller, stock=99)
    orders = [make_shipped_order(variant=variant) for _ in range(6)]
    confirm: list[Callable[[], object]] = [partial(confirm_receipt, order) for order in orders]
    take: list[Callable[[], object]] = [partial(request_payout, seller, 3000) for _ in range(8)]

    results = at_once([*confirm, *take])

    assert unexpected(results) == []
    made = sum(isinstance(result, Payout) for result in results)
    assert made >= 1
    assert balance_of(seller) == 7 * EACH - made * 3000
    assert Transfer.objects.filter(kind="RELEASE").count() == 7


def test_weekly_payouts_are_made_once_however_many_workers_make_them() -> None:
    sellers = [make_paid_seller() for _ in range(8)]
    for seller in sellers:
        payouts.pay_weekly(owner=seller, at=AT)

    results = at_once([partial(payouts.run_weekly, at=AT + timedelta(days=7), batch=3)] * 4)

    assert unexpected(results) == []
    assert sum(results) + payouts.run_weekly(at=AT + timedelta(days=7)) == 8
    assert [paid_out(seller) for seller in sellers] == [EACH] * 8


def test_the_same_news_from_everywhere_gives_the_money_back_once(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = StubPayer()
    monkeypatch.setattr(providers, "get", lambda _name: provider)
    seller = make_paid_seller(sales=2)
    payout = request_payout(seller)
    operations.submit_due(at=AT)
    news = [
        partial(
            operations.record,
            provider.becomes(f"payout:{payout.pk}", state),
            provider="sandbox",
            at=AT + timedelta(minutes=number),
        )
        for number, state in enumerate([PayoutState.PAID, PayoutState.RETURNED] * 4)
    ]
    ask_again = partial(operations.submit_due, at=AT + timedelta(hours=2))
    take = partial(request_payout, seller, at=AT + timedelta(hours=2))

    results = at_once([*news, ask_again, take, take])

    assert unexpected(results) == []
    payout.refresh_from_db()
    assert payout.state == "RETURNED"
    assert Transfer.objects.filter(kind="PAYOUT_RETURNED").count() == 1
    assert balance_of(seller) + paid_out(seller) == 2 * EACH
