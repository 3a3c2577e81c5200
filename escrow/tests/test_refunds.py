"""Refunds after completion and refunds settled another way: decided by one or two, paid by whom they say, once."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from escrow import operations, payouts, providers, refunds
from escrow.models import (
    Account,
    Allotment,
    Hold,
    OutsideSettlement,
    ProviderOperation,
    Refund,
    SellerBalance,
    Transfer,
)
from escrow.providers.base import ProviderRefused
from escrow.providers.imported import ImportedProvider
from escrow.refunds import DecisionRefused
from marketplace.accounts.models import StaffAct, User
from marketplace.lib.money import Money
from marketplace.tests.payouts import account_of, balance_of, make_method, make_paid_seller, request_payout
from marketplace.tests.trade import (
    AT,
    make_completed_order,
    make_refunded_order,
    make_seller,
    make_shipped_order,
    make_user,
    make_variant,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("audit")]

GROSS, NET, FEE = 4198, 4010, 188
DAY = timedelta(days=1)


@pytest.fixture
def olga() -> User:
    return make_user("olga@example.com", "Olga Operator")


@pytest.fixture
def otto() -> User:
    return make_user("otto@example.com", "Otto Operator")


def usd(amount_minor: int) -> Money:
    return Money(amount_minor, "USD")


def completed(*, price_minor: int = 4000) -> Hold:
    """The hold of an order that is over."""
    order = make_completed_order(variant=make_variant(make_seller(), price_minor=price_minor))
    assert order.hold is not None
    return order.hold


def propose(hold: Hold, amount_minor: int, by: User, **how: bool) -> Refund:
    how = {"returns_fee": False, "may_owe": False, **how}
    return refunds.propose(hold=hold, amount=Money(amount_minor, hold.currency), why="It broke.", by=by, at=AT, **how)


def seller_of(hold: Hold) -> User:
    owner = hold.seller_account.owner
    assert owner is not None
    return owner


def transfers_of(refund: Refund) -> dict[str, int]:
    """What the refund was paid from."""
    moved = Transfer.objects.filter(key__endswith=f":{refund.pk}", kind__startswith="REFUND_")
    return {transfer.kind: transfer.amount_minor for transfer in moved}


# --- After completion ---


def test_a_part_goes_back_out_of_what_the_seller_has_and_the_hold_stays_as_it_is(olga: User) -> None:
    hold = completed()

    refund = propose(hold, 1000, olga)

    assert (refund.state, refund.decided_by, refund.needs_two) == ("DONE", olga, False)
    assert transfers_of(refund) == {"REFUND_AFTER": 1000}
    assert balance_of(seller_of(hold)) == NET - 1000
    hold.refresh_from_db()
    assert (hold.state, hold.released_minor, hold.refunded_minor) == ("RELEASED", NET, 0)
    operation = ProviderOperation.objects.get(key=f"refund_after:{refund.pk}")
    assert (operation.amount_minor, operation.payment) == (1000, hold.payment)
    assert Allotment.objects.get(transfer__key=f"refund_after:{refund.pk}").hold == hold


def test_the_fee_is_given_back_only_where_the_operator_says_so(olga: User) -> None:
    hold = completed()
    make_completed_order(variant=make_variant(seller_of(hold)))

    with_fee = propose(hold, GROSS // 2, olga, returns_fee=True)
    without = propose(hold, GROSS - GROSS // 2, olga)

    assert transfers_of(with_fee) == {"REFUND_FEE": FEE // 2, "REFUND_AFTER": GROSS // 2 - FEE // 2}
    assert transfers_of(without) == {"REFUND_AFTER": GROSS - GROSS // 2}
    assert refunds.refundable(hold) == usd(0)


def test_never_more_than_was_released_goes_back(olga: User) -> None:
    hold = completed()
    propose(hold, 4000, olga)

    for amount_minor in (199, 0, -1):
        with pytest.raises(DecisionRefused, match=r"At most \$1\.98"):
            propose(hold, amount_minor, olga, may_owe=True)


def test_an_order_that_is_not_over_or_gave_everything_back_has_nothing_to_refund(olga: User) -> None:
    held, cancelled = make_shipped_order().hold, make_refunded_order().hold
    assert held is not None
    assert cancelled is not None

    with pytest.raises(DecisionRefused, match="still held"):
        propose(held, 100, olga)
    with pytest.raises(DecisionRefused, match=r"At most \$0\.00"):
        propose(cancelled, 100, olga)


def test_where_too_little_is_available_it_is_refused_or_owed(olga: User) -> None:
    hold = completed()
    seller = seller_of(hold)
    with pytest.raises(DecisionRefused, match=r"only \$40\.10 available"):
        propose(hold, GROSS, olga)

    refund = propose(hold, GROSS, olga, may_owe=True)

    assert transfers_of(refund) == {"REFUND_AFTER": NET, "REFUND_OWED": FEE}
    balance = SellerBalance.objects.get(account=account_of(seller))
    assert (balance.available_minor, balance.owed_minor) == (0, FEE)


def test_what_is_owed_is_taken_from_later_sales_and_before_any_payout(olga: User) -> None:
    hold = completed()
    seller = seller_of(hold)
    propose(hold, GROSS, olga, may_owe=True)
    assert payouts.settle_owed(at=AT) == 0

    make_completed_order(variant=make_variant(seller))

    assert balance_of(seller) == NET  # the release itself takes nothing
    assert payouts.settle_owed(at=AT) == 1
    assert payouts.settle_owed(at=AT) == 0
    assert balance_of(seller) == NET - FEE
    assert SellerBalance.objects.get(account=account_of(seller)).owed_minor == 0

    make_method(seller)
    request_payout(seller)
    propose(hold_of_another_sale(seller), GROSS, olga, may_owe=True)
    make_completed_order(variant=make_variant(seller))
    assert request_payout(seller).amount_minor == NET - FEE


def hold_of_another_sale(seller: User) -> Hold:
    hold = make_completed_order(variant=make_variant(seller)).hold
    assert hold is not None
    return hold


def test_a_debt_that_is_larger_than_a_sale_takes_all_of_it_and_the_rest_of_the_next(olga: User) -> None:
    hold = completed(price_minor=40000)
    seller = seller_of(hold)
    make_method(seller)
    request_payout(seller)
    propose(hold, 10000, olga, may_owe=True)

    for expected in ((0, 10000 - NET), (0, 10000 - 2 * NET), (3 * NET - 10000, 0)):
        make_completed_order(variant=make_variant(seller))
        payouts.settle_owed(at=AT)
        balance = SellerBalance.objects.get(account=account_of(seller))
        assert (balance.available_minor, balance.owed_minor) == expected
    keys = Transfer.objects.filter(kind="OWED_SETTLED").order_by("pk").values_list("key", flat=True)
    assert [key.rpartition(":")[2] for key in keys] == ["1", "2", "3"]


# --- Two people ---


def test_above_the_sum_it_takes_a_second_person_who_is_another_one(olga: User, otto: User) -> None:
    hold = completed(price_minor=80000)

    refund = propose(hold, 50001, olga)

    assert (refund.state, refund.needs_two) == ("PROPOSED", True)
    assert not Transfer.objects.filter(kind="REFUND_AFTER").exists()
    with pytest.raises(DecisionRefused, match="somebody else"):
        refunds.approve(refund=refund, by=olga, at=AT)
    assert refunds.approve(refund=refund, by=otto, at=AT + DAY).decided_by == otto
    refunds.approve(refund=refund, by=otto, at=AT + DAY)  # a second click
    assert transfers_of(refund) == {"REFUND_AFTER": 50001}


def test_many_small_refunds_of_one_order_take_two_people_as_well(olga: User) -> None:
    hold = completed(price_minor=80000)

    states = [propose(hold, 20000, olga).state for _ in range(3)]

    assert states == ["DONE", "DONE", "PROPOSED"]


def test_what_was_proposed_can_be_let_go_and_then_not_approved(olga: User, otto: User) -> None:
    refund = propose(completed(price_minor=80000), 60000, olga)

    refunds.decline(refund=refund, by=olga, at=AT, why="The buyer keeps it.")

    with pytest.raises(DecisionRefused, match="decided already"):
        refunds.approve(refund=refund, by=otto, at=AT)
    with pytest.raises(DecisionRefused, match="decided already"):
        refunds.decline(refund=refund, by=otto, at=AT, why="")


def test_what_changed_since_the_proposal_is_seen_at_the_approval(olga: User, otto: User) -> None:
    hold = completed(price_minor=80000)
    first, second = propose(hold, 60000, olga), propose(hold, 60000, olga)
    refunds.approve(refund=first, by=otto, at=AT)

    with pytest.raises(DecisionRefused, match="At most"):
        refunds.approve(refund=second, by=otto, at=AT)


def test_nobody_decides_about_their_own_order(otto: User) -> None:
    order = make_completed_order(buyer=otto)
    assert order.hold is not None

    for party in (otto, order.seller):
        with pytest.raises(DecisionRefused, match="bought or sold"):
            propose(order.hold, 100, party)


def test_the_database_keeps_the_second_person_and_what_was_decided(olga: User) -> None:
    refund = propose(completed(price_minor=80000), 60000, olga)
    by = {"decided_by": olga, "decided_at": AT}

    with pytest.raises(IntegrityError, match="refund_decided_by_another"), transaction.atomic():
        Refund.objects.filter(pk=refund.pk).update(state="DONE", **by)


def test_every_act_is_in_the_log_of_the_staff(olga: User, otto: User) -> None:
    hold = completed(price_minor=80000)
    refunds.approve(refund=propose(hold, 60000, olga), by=otto, at=AT)

    acts = StaffAct.objects.order_by("pk").values_list("by__email", "act", "subject", "why")
    assert list(acts) == [
        ("olga@example.com", "propose_refund", f"order {hold.reference}", "It broke."),
        ("otto@example.com", "approve_refund", f"order {hold.reference}", ""),
    ]


# --- Refunds that the provider rejected ---


@pytest.fixture
def rejected(monkeypatch: pytest.MonkeyPatch) -> ProviderOperation:
    """A refund that the provider would not make."""

    class Refuses(ImportedProvider):
        def refund(self, **_what: object) -> None:  # type: ignore[override]
            raise ProviderRefused("card_closed", "the card is gone")

    order = make_refunded_order()
    monkeypatch.setattr(providers, "get", lambda _name: Refuses())
    operations.submit_due(at=AT)
    return ProviderOperation.objects.get(hold=order.hold)


def settle(operation: ProviderOperation, by: User) -> OutsideSettlement:
    return refunds.propose_settlement(
        operation=operation, how="bank transfer 2026-118", why="the card is gone", by=by, at=AT
    )


def test_a_rejected_refund_that_went_another_way_leaves_the_books(rejected: ProviderOperation, olga: User) -> None:
    settlement = settle(rejected, olga)

    rejected.refresh_from_db()
    assert (settlement.state, rejected.state) == ("DONE", "SETTLED")
    moved = Transfer.objects.get(kind="REFUND_OUTSIDE")
    assert (moved.amount_minor, moved.credit_account.kind) == (GROSS, Account.Kind.OUTSIDE_CASH)
    with pytest.raises(DecisionRefused, match="rejected"):
        settle(rejected, olga)


def test_a_large_one_takes_two_people(rejected: ProviderOperation, olga: User, otto: User, settings: object) -> None:
    settings.TWO_PEOPLE_ABOVE_MINOR = {"USD": 1000}  # type: ignore[attr-defined]
    settlement = settle(rejected, olga)
    assert settlement.state == "PROPOSED"
    with pytest.raises(DecisionRefused, match="already"):
        settle(rejected, otto)
    with pytest.raises(DecisionRefused, match="somebody else"):
        refunds.approve_settlement(settlement=settlement, by=olga, at=AT)

    refunds.decline_settlement(settlement=settlement, by=otto, at=AT, why="which transfer?")
    again = settle(rejected, olga)
    refunds.approve_settlement(settlement=again, by=otto, at=AT)
    refunds.approve_settlement(settlement=again, by=otto, at=AT)

    rejected.refresh_from_db()
    assert rejected.state == "SETTLED"
    assert StaffAct.objects.count() == 4


def test_only_what_the_provider_rejected_is_settled_another_way(olga: User) -> None:
    order = make_refunded_order()

    with pytest.raises(DecisionRefused, match="rejected"):
        settle(ProviderOperation.objects.get(hold=order.hold), olga)


def test_a_currency_without_a_sum_always_takes_two(settings: object, olga: User) -> None:
    settings.TWO_PEOPLE_ABOVE_MINOR = {}  # type: ignore[attr-defined]

    assert propose(completed(), 1, olga).needs_two


def test_a_seller_with_a_bank_account_sees_refunds_before_payouts(olga: User) -> None:
    seller = make_paid_seller(sales=2)
    hold = Hold.objects.filter(seller_account=account_of(seller)).latest("pk")

    propose(hold, NET, olga)

    assert request_payout(seller).amount_minor == NET
