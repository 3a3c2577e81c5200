"""Payouts at the same moment as each other, as releases and as the provider's news, on real connections."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from escrow import operations, payouts, providers, refunds
from escrow.models import Hold, Payout, Refund, SellerBalance, Transfer
from escrow.payouts import PayoutRefused
from escrow.providers.base import PayoutState
from escrow.refunds import DecisionRefused
from marketplace.accounts.models import User
from marketplace.lib.money import Money
from marketplace.tests.concurrency import at_once
from marketplace.tests.payouts import StubPayer, account_of, balance_of, make_paid_seller, request_payout
from marketplace.tests.trade import AT, confirm_receipt, make_shipped_order, make_user, make_variant

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("audit")]

EACH = 4010
REFUSALS = (PayoutRefused, DecisionRefused)


def unexpected(results: list[object]) -> list[object]:
    """What was raised besides refusals."""
    return [result for result in results if isinstance(result, Exception) and not isinstance(result, REFUSALS)]


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


def test_payouts_refunds_and_releases_at_once_never_pass_what_there_is() -> None:
    seller, operators = make_paid_seller(sales=3), [make_user() for _ in range(6)]
    variant = make_variant(seller, stock=99)
    orders = [make_shipped_order(variant=variant) for _ in range(4)]
    over = list(Hold.objects.filter(seller_account=account_of(seller), state="RELEASED").order_by("pk"))

    def refund(hold: Hold, by: User, *, may_owe: bool) -> Refund:
        return refunds.propose(
            hold=hold, amount=Money(3000, "USD"), returns_fee=False, may_owe=may_owe, why="It broke.", by=by, at=AT
        )

    acts: list[Callable[[], object]] = [partial(confirm_receipt, order) for order in orders]
    acts += [partial(request_payout, seller), partial(request_payout, seller, 5000), partial(request_payout, seller)]
    acts += [partial(refund, hold, by, may_owe=True) for hold, by in zip(over, operators, strict=False)]
    acts += [partial(refund, hold, by, may_owe=False) for hold, by in zip(over, operators[3:], strict=True)]
    acts += [partial(payouts.settle_owed, at=AT)] * 2

    results = at_once(acts)

    assert unexpected(results) == []
    payouts.settle_owed(at=AT)
    back = sum(Refund.objects.filter(state="DONE").values_list("amount_minor", flat=True))
    owed = SellerBalance.objects.get(account=account_of(seller)).owed_minor
    assert Refund.objects.filter(state="DONE").count() == 3  # 3,000 of 4,198 fit once into each
    assert balance_of(seller) + paid_out(seller) + back - owed == 7 * EACH


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
