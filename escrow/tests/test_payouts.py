"""Payouts: reserved once, asked of the provider once, and given back where they fail or return."""

from datetime import timedelta
from functools import partial

import pytest
from pytest_django import DjangoAssertNumQueries

from escrow import operations, payouts, providers
from escrow.models import Account, Allotment, Payout, PayoutMethod, ProviderOperation, SellerBalance, Transfer
from escrow.operations import AnswerMismatch
from escrow.providers.base import PayoutState, ProviderRefused, ProviderUnknown
from marketplace.notifications.models import OutboxEntry
from marketplace.tests.payouts import (
    IBAN,
    OTHER_IBAN,
    StubPayer,
    account_of,
    balance_of,
    make_method,
    make_paid_seller,
    request_payout,
)
from marketplace.tests.trade import AT, make_completed_order, make_seller, make_variant

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("audit")]

State = Payout.State
LATER, DAYS_LATER = AT + timedelta(minutes=1), AT + timedelta(days=4)
EACH = 4010  # what one sale brings


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> StubPayer:
    """The provider that pays out as it is told."""
    stub = StubPayer()
    monkeypatch.setattr(providers, "get", lambda _name: stub)
    return stub


def in_account(kind: Account.Kind) -> int:
    """What the ledger says is in accounts of this kind: credits less debits."""
    into = sum(Transfer.objects.filter(credit_account__kind=kind).values_list("amount_minor", flat=True))
    return into - sum(Transfer.objects.filter(debit_account__kind=kind).values_list("amount_minor", flat=True))


def now(payout: Payout) -> Payout:
    """The payout as it is in the database."""
    return Payout.objects.get(pk=payout.pk)


# --- Asking for one ---


def test_all_that_is_available_is_reserved_at_once_and_its_sales_are_written_down() -> None:
    seller = make_paid_seller(sales=3)

    payout = request_payout(seller)

    assert (payout.state, payout.amount_minor, payout.requested_by) == (State.REQUESTED, 3 * EACH, seller)
    assert balance_of(seller) == 0
    assert in_account(Account.Kind.PAYOUTS_IN_FLIGHT) == 3 * EACH
    operation = ProviderOperation.objects.get(payout=payout)
    assert (operation.kind, operation.key, operation.state) == ("PAYOUT", f"payout:{payout.pk}", "RESERVED")
    allotted = Allotment.objects.filter(transfer__key=f"payout:{payout.pk}")
    assert [allotment.amount_minor for allotment in allotted] == [EACH] * 3


def test_a_part_is_taken_of_the_oldest_sales_first_and_the_next_payout_goes_on_there() -> None:
    seller = make_paid_seller(sales=3)

    first = request_payout(seller, EACH + 1000)
    second = request_payout(seller)

    shares = {
        payout: list(
            Allotment.objects.filter(transfer__key=f"payout:{payout.pk}")
            .order_by("hold_id")
            .values_list("amount_minor", flat=True)
        )
        for payout in (first, second)
    }
    assert shares == {first: [EACH, 1000], second: [EACH - 1000, EACH]}


def test_the_second_click_of_a_page_finds_the_payout_of_the_first() -> None:
    seller = make_paid_seller(sales=2)

    first = request_payout(seller, EACH, reference="PAGE1")
    again = request_payout(seller, EACH, reference="PAGE1")

    assert first == again
    assert balance_of(seller) == EACH


@pytest.mark.parametrize(
    ("amount_minor", "why"),
    [
        (EACH + 1, r"Only \$40\.10 is available"),
        (999, r"least that can be paid out is \$10\.00"),
        (0, "least"),
        (-5, "least"),
    ],
)
def test_too_much_and_too_little_are_refused(amount_minor: int, why: str) -> None:
    seller = make_paid_seller()

    with pytest.raises(payouts.PayoutRefused, match=why):
        request_payout(seller, amount_minor)

    assert balance_of(seller) == EACH
    assert not Payout.objects.exists()


def test_nobody_is_paid_out_to_the_bank_account_of_another_or_to_one_that_was_taken_away() -> None:
    seller, other = make_paid_seller(), make_paid_seller()
    gone = make_method(seller, OTHER_IBAN)
    from escrow import payout_methods

    payout_methods.remove(method=gone, at=AT)

    for method in (PayoutMethod.objects.get(owner=other), gone):
        with pytest.raises(payouts.PayoutRefused, match="one of your bank accounts"):
            request_payout(seller, method=method)


def test_money_that_is_held_cannot_be_paid_out() -> None:
    from marketplace.tests.trade import make_shipped_order

    seller = make_paid_seller()
    make_shipped_order(variant=make_variant(seller))

    assert request_payout(seller).amount_minor == EACH


# --- At the provider ---


def test_a_payout_goes_to_the_bank_account_and_leaves_our_books_when_it_is_paid(provider: StubPayer) -> None:
    seller = make_paid_seller()
    payout = request_payout(seller)

    assert operations.submit_due(at=AT) == 1
    assert (now(payout).state, now(payout).provider_reference) == (State.SUBMITTED, "po_1")
    assert provider.destinations == [IBAN.replace(" ", "")]

    paid = provider.becomes(f"payout:{payout.pk}", PayoutState.PAID)
    operations.record(paid, provider="sandbox", at=LATER)
    operations.record(paid, provider="sandbox", at=DAYS_LATER)

    assert (now(payout).state, now(payout).paid_at) == (State.PAID, LATER)
    assert in_account(Account.Kind.PAYOUTS_IN_FLIGHT) == 0
    assert Transfer.objects.filter(kind="PAYOUT_PAID").count() == 1
    assert list(OutboxEntry.objects.filter(topic__startswith="escrow.payout_p").values_list("topic", flat=True)) == [
        "escrow.payout_paid"
    ]


def test_a_payout_that_fails_is_the_sellers_again_and_its_sales_can_be_paid_again(provider: StubPayer) -> None:
    seller = make_paid_seller(sales=2)
    payout = request_payout(seller)
    operations.submit_due(at=AT)

    failed = provider.becomes(f"payout:{payout.pk}", PayoutState.FAILED, "account_closed")
    operations.record(failed, provider="sandbox", at=LATER)
    operations.record(failed, provider="sandbox", at=DAYS_LATER)

    assert (now(payout).state, now(payout).failure_code) == (State.FAILED, "account_closed")
    assert balance_of(seller) == 2 * EACH
    again = request_payout(seller)
    assert Allotment.objects.filter(transfer__key=f"payout:{again.pk}").count() == 2
    assert Allotment.objects.filter(transfer__key=f"payout:{payout.pk}", given_back=True).count() == 2


def test_a_payout_can_be_returned_days_after_it_was_paid(provider: StubPayer) -> None:
    seller = make_paid_seller()
    payout = request_payout(seller)
    provider.state = PayoutState.PAID
    operations.submit_due(at=AT)
    assert now(payout).state == State.PAID

    returned = provider.becomes(f"payout:{payout.pk}", PayoutState.RETURNED, "account_closed")
    operations.record(returned, provider="sandbox", at=DAYS_LATER)
    operations.record(returned, provider="sandbox", at=DAYS_LATER + timedelta(days=1))

    after = now(payout)
    assert (after.state, after.paid_at, after.given_back_at) == (State.RETURNED, AT, DAYS_LATER)
    assert balance_of(seller) == EACH
    assert {"escrow.payout_paid", "escrow.payout_returned"} <= set(OutboxEntry.objects.values_list("topic", flat=True))


def test_news_that_overtake_each_other_end_the_same(provider: StubPayer) -> None:
    seller = make_paid_seller()
    payout = request_payout(seller)
    operations.submit_due(at=AT)

    returned = provider.becomes(f"payout:{payout.pk}", PayoutState.RETURNED)
    operations.record(returned, provider="sandbox", at=LATER)
    for state in (PayoutState.PAID, PayoutState.FAILED, PayoutState.PENDING):
        operations.record(provider.becomes(f"payout:{payout.pk}", state), provider="sandbox", at=DAYS_LATER)

    assert now(payout).state == State.RETURNED
    assert balance_of(seller) == EACH
    kinds = Transfer.objects.filter(key__startswith="payout").order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["PAYOUT", "PAYOUT_PAID", "PAYOUT_RETURNED"]


def test_an_outcome_that_is_unknown_is_asked_about_until_it_is_known(provider: StubPayer) -> None:
    payout = request_payout(make_paid_seller())
    provider.error = ProviderUnknown("the line went dead")
    operations.submit_due(at=AT)
    assert (now(payout).state, ProviderOperation.objects.get().state) == (State.REQUESTED, "UNKNOWN")

    provider.error, provider.calls = None, []
    assert operations.submit_due(at=LATER) == 1

    assert provider.calls == ["find"]
    assert now(payout).state == State.SUBMITTED
    assert len(provider.destinations) == 1


def test_a_payout_that_is_refused_outright_has_failed(provider: StubPayer) -> None:
    seller = make_paid_seller()
    payout = request_payout(seller)
    provider.error = ProviderRefused("no_such_bank", "that is no bank of ours")

    operations.submit_due(at=AT)

    assert (now(payout).state, balance_of(seller)) == (State.FAILED, EACH)
    assert now(payout).failure_code.startswith("no_such_bank")


def test_news_of_another_sum_another_provider_or_nothing_of_ours_have_no_effect(provider: StubPayer) -> None:
    from dataclasses import replace

    payout = request_payout(make_paid_seller())
    operations.submit_due(at=AT)
    paid = provider.becomes(f"payout:{payout.pk}", PayoutState.PAID)

    for news, name in (
        (replace(paid, amount_minor=1), "sandbox"),
        (replace(paid, currency="EUR"), "sandbox"),
        (paid, "stripe"),
        (replace(paid, reference="payout:0"), "sandbox"),
    ):
        with pytest.raises(AnswerMismatch):
            operations.record(news, provider=name, at=LATER)

    assert now(payout).state == State.SUBMITTED


# --- Every week ---


def test_a_seller_who_wants_it_is_paid_out_once_a_week(provider: StubPayer) -> None:
    seller = make_paid_seller()
    payouts.pay_weekly(owner=seller, at=AT)  # a Monday, at noon
    monday = AT.replace(hour=6) + timedelta(days=7)

    assert payouts.run_weekly(at=monday - timedelta(seconds=1)) == 0
    assert payouts.run_weekly(at=monday) == 1
    make_completed_order(variant=make_variant(seller))
    assert payouts.run_weekly(at=monday + timedelta(days=6)) == 0
    assert payouts.run_weekly(at=monday + timedelta(days=7)) == 1

    weeks = [(payout.week, payout.amount_minor, payout.requested_by) for payout in Payout.objects.order_by("pk")]
    assert weeks == [(monday.date(), EACH, None), ((monday + timedelta(days=7)).date(), EACH, None)]


def test_the_database_keeps_one_payout_a_week_even_where_the_schedule_is_set_back() -> None:
    seller = make_paid_seller()
    schedule = payouts.pay_weekly(owner=seller, at=AT)
    monday = schedule.next_at
    assert payouts.run_weekly(at=monday) == 1
    make_completed_order(variant=make_variant(seller))

    schedule.save()  # as it was before

    assert payouts.run_weekly(at=monday + timedelta(days=1)) == 0
    assert balance_of(seller) == EACH


def test_who_has_no_bank_account_or_too_little_waits_for_the_next_week() -> None:
    without = make_seller()
    make_completed_order(variant=make_variant(without))
    poor = make_paid_seller(price_minor=500)
    empty = make_seller()
    for seller in (without, poor, empty):
        payouts.pay_weekly(owner=seller, at=AT)

    assert payouts.run_weekly(at=AT + timedelta(days=7)) == 0
    make_method(without)
    assert payouts.run_weekly(at=AT + timedelta(days=8)) == 0
    assert payouts.run_weekly(at=AT + timedelta(days=14)) == 1


def test_every_currency_of_a_seller_is_paid_out_by_itself() -> None:
    seller = make_paid_seller()
    seller.shop.currency = "JPY"
    seller.shop.save()
    make_completed_order(variant=make_variant(seller))
    payouts.pay_weekly(owner=seller, at=AT)

    payouts.run_weekly(at=AT + timedelta(days=7))

    assert set(Payout.objects.values_list("currency", "amount_minor")) == {("USD", EACH), ("JPY", EACH)}


def test_a_seller_who_stops_the_schedule_is_not_paid_out_by_it() -> None:
    seller = make_paid_seller()
    payouts.pay_weekly(owner=seller, at=AT)
    payouts.stop_weekly(owner=seller)

    assert payouts.run_weekly(at=AT + timedelta(days=7)) == 0


def test_many_sellers_take_as_many_statements_as_one(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for _ in range(5):
        payouts.pay_weekly(owner=make_paid_seller(sales=2), at=AT)
    payouts.pay_weekly(owner=make_paid_seller(), at=AT - timedelta(days=7))
    pay = partial(payouts.run_weekly, at=AT)
    with django_assert_num_queries(8) as one:
        assert pay() == 1

    with django_assert_num_queries(len(one.captured_queries) - 3):  # the account of payouts in flight is there
        assert payouts.run_weekly(at=AT + timedelta(days=7)) == 5


def test_where_to_look_for_money_is_only_a_hint() -> None:
    seller = make_paid_seller(sales=3)
    SellerBalance.objects.filter(account=account_of(seller)).update(allotted_below=10**9)

    assert request_payout(seller).amount_minor == 3 * EACH
