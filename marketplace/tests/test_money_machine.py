"""A machine that trades at random beside a pure model of the rules: after every step both must say the same.

`pytest --hypothesis-profile=long marketplace/tests/test_money_machine.py` trades for hours (see marketplace.testing).
"""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from escrow import operations
from escrow.models import ProviderOperation, SellerBalance, Transfer
from escrow.providers.base import ProviderRefund, RefundState
from marketplace import audit
from marketplace.lib import auditing
from marketplace.tests.trade import AT, draft_of, make_seller, make_user, make_variant
from marketplace.tests.trade_model import BUYER_EXTENSION, CAP, DAY, Model, ModelOrder
from orders import actions, checkout, sweep
from orders.actions import Parcel
from orders.models import Order
from orders.moves import StepRefused

MINUTES = st.integers(min_value=1, max_value=60 * 24 * 12)


class Trading(RuleBasedStateMachine):
    """One seller, one buyer, any number of orders, and a clock that only goes forward."""

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.model, self.at = Model(), AT

    def teardown(self) -> None:
        """Forget everything that this example did."""
        assert auditing.broken(audit.check(chains=True)) == []
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    @initialize(price=st.integers(min_value=1, max_value=10**7))
    def open_shop(self, price: int) -> None:
        self.seller, self.buyer = make_seller(), make_user()
        self.variant = make_variant(self.seller, price_minor=price, stock=10_000, shipping_minor=price % 700)

    # --- Choosing an order: by its number among those in a state, so that examples shrink well ---

    def keys(self, *states: str) -> list[int]:
        return [key for key, order in self.model.orders.items() if not states or order.state in states]

    def pick(self, index: int, *states: str) -> int | None:
        found = self.keys(*states)
        return found[index % len(found)] if found else None

    def refused(self, act: Any, **arguments: Any) -> bool:
        try:
            with transaction.atomic():
                return not act(**arguments)
        except StepRefused:
            return True

    # --- What people, carriers and the provider do ---

    @rule(quantity=st.integers(min_value=1, max_value=3))
    @precondition(lambda self: len(self.keys("AWAITING_PAYMENT")) < 5)
    def place(self, quantity: int) -> None:
        draft = draft_of(self.buyer, self.variant, quantity=quantity, at=self.at)
        (order,) = checkout.place([draft], policy=checkout.current_policy(), provider="sandbox")
        total = draft.goods_minor + draft.shipping_minor
        self.model.orders[order.pk] = ModelOrder(total=total, fee=total * 450 // 10_000, placed_at=self.at)

    @rule(index=st.integers(0, 50))
    def pay(self, index: int) -> None:
        """The provider's news, which may come after the order was given up, and may come again."""
        key = self.pick(index)
        if key is None:
            return
        payment = Order.objects.get(pk=key).payment
        if payment.state == "OPEN":
            self.model.pay(key, self.at)
        actions.pay(captured_at={payment.pk: self.at})

    @rule(index=st.integers(0, 50), state=st.sampled_from(["AWAITING_PAYMENT", "SHIPPED", "COMPLETED"]))
    def cancel(self, index: int, state: str) -> None:
        key = self.pick(index, state)
        if key is not None:
            refused = self.refused(actions.cancel, orders=[key], by=self.buyer, at=self.at)
            assert refused == (state != "AWAITING_PAYMENT")
            if not refused:
                self.model.close(key, "CANCELLED")

    @rule(index=st.integers(0, 50))
    def ship(self, index: int) -> None:
        key = self.pick(index, "AWAITING_SHIPMENT", "CANCELLATION_REQUESTED")
        if key is not None:
            actions.ship(by=self.seller, at=self.at, parcels={key: Parcel("DHL", f"T{key}")})
            self.model.ship(key, self.at)

    @rule(index=st.integers(0, 50))
    def cancel_sale(self, index: int) -> None:
        key = self.pick(index, "AWAITING_SHIPMENT")
        if key is not None:
            actions.cancel_sale(orders=[key], by=self.seller, at=self.at)
            self.model.close(key, "CANCELLED")

    @rule(index=st.integers(0, 50))
    def request_cancellation(self, index: int) -> None:
        key = self.pick(index, "AWAITING_SHIPMENT")
        if key is not None:
            asked = self.model.orders[key].asked_at is not None
            refused = self.refused(actions.request_cancellation, orders=[key], by=self.buyer, at=self.at)
            assert refused == asked
            if not refused:
                self.model.ask_to_cancel(key, self.at)

    @rule(index=st.integers(0, 50), answer=st.sampled_from(["accept", "decline", "withdraw"]))
    def answer_cancellation(self, index: int, answer: str) -> None:
        key = self.pick(index, "CANCELLATION_REQUESTED")
        if key is not None:
            by = self.buyer if answer == "withdraw" else self.seller
            getattr(actions, f"{answer}_cancellation")(orders=[key], by=by, at=self.at)
            if answer == "accept":
                self.model.close(key, "CANCELLED")
            else:
                self.model.go_on(key, self.at)

    @rule(index=st.integers(0, 50), hours_ago=st.integers(0, 240))
    def report_delivery(self, index: int, hours_ago: int) -> None:
        key = self.pick(index, "SHIPPED", "COMPLETED")
        if key is not None:
            order = Order.objects.get(pk=key)
            shipped_at = self.model.orders[key].shipped_at
            assert shipped_at is not None
            delivered_at = self.at - timedelta(hours=hours_ago)
            parcels = {shipment.pk: delivered_at for shipment in order.shipments.all()}
            actions.report_delivery(delivered_at=parcels, at=self.at)
            self.model.report(key, max(delivered_at, shipped_at), self.at)

    @rule(index=st.integers(0, 50))
    def extend_protection(self, index: int) -> None:
        key = self.pick(index, "SHIPPED")
        if key is not None:
            order = self.model.orders[key]
            assert order.due_at is not None
            may = not order.buyer_extended and order.due_at - self.at <= 3 * DAY and order.extension + 3 * DAY <= CAP
            assert self.refused(actions.extend_protection, orders=[key], by=self.buyer, at=self.at) == (not may)
            if may:
                self.model.extend(key, BUYER_EXTENSION, buyer=True)

    @rule(index=st.integers(0, 50), days=st.integers(1, 20))
    def grant_extension(self, index: int, days: int) -> None:
        key = self.pick(index, "SHIPPED")
        if key is not None:
            may = self.model.orders[key].extension + days * DAY <= CAP
            refused = self.refused(actions.grant_extension, orders=[key], by=self.seller, at=self.at, days=days)
            assert refused == (not may)
            if may:
                self.model.extend(key, days * DAY, buyer=False)

    @rule(index=st.integers(0, 50), state=st.sampled_from(["SHIPPED", "AWAITING_SHIPMENT", "CANCELLED"]))
    def confirm_receipt(self, index: int, state: str) -> None:
        key = self.pick(index, state)
        if key is not None:
            refused = self.refused(actions.confirm_receipt, orders=[key], by=self.buyer, at=self.at)
            assert refused == (state != "SHIPPED")
            if not refused:
                self.model.close(key, "COMPLETED")

    @rule(minutes=MINUTES)
    def time_passes_and_a_worker_sweeps(self, minutes: int) -> None:
        self.at += timedelta(minutes=minutes)
        sweep.run_due(at=self.at)
        sweep.remind(at=self.at)
        self.model.sweep(self.at)

    @rule(minutes=MINUTES)
    def time_passes_and_nobody_sweeps(self, minutes: int) -> None:
        self.at += timedelta(minutes=minutes)

    @rule(index=st.integers(0, 50), outcome=st.sampled_from([RefundState.SUCCEEDED, RefundState.FAILED]))
    def the_provider_answers_a_refund(self, index: int, outcome: RefundState) -> None:
        asked = list(ProviderOperation.objects.order_by("pk"))
        if asked:
            operation = asked[index % len(asked)]
            answer = ProviderRefund(
                id=f"ref_{operation.pk}",
                reference=operation.key,
                payment_id="pay",
                state=outcome,
                amount_minor=operation.amount_minor,
                currency=operation.currency,
            )
            operations.record(answer, provider="sandbox", at=self.at)
            operations.record(answer, provider="sandbox", at=self.at)

    # --- What must always be so ---

    @invariant()
    def every_order_is_as_the_model_says(self) -> None:
        found = {
            order.pk: (order.state, order.due_at, order.hold)
            for order in Order.objects.filter(pk__in=self.model.orders).select_related("hold")
        }
        for key, order in self.model.orders.items():
            state, due_at, hold = found[key]
            assert (state, due_at) == (order.state, order.due_at)
            held = hold.amount_minor - hold.released_minor - hold.fee_taken_minor - hold.refunded_minor if hold else 0
            assert held == order.held

    @invariant()
    def the_money_is_where_the_model_says(self) -> None:
        balance = SellerBalance.objects.filter(account__owner=getattr(self, "seller", None)).first()
        assert (balance.available_minor if balance else 0) == self.model.available
        assert moved("RELEASE") == self.model.available
        assert moved("FEE") == self.model.fees
        assert moved("CAPTURE") + moved("LATE_CAPTURE") == self.model.captured
        assert moved("REFUND") + moved("LATE_CAPTURE") == self.model.sent_back
        in_escrow = self.model.captured - self.model.sent_back - self.model.available - self.model.fees
        assert sum(order.held for order in self.model.orders.values()) == in_escrow


def moved(kind: str) -> int:
    """The sum of all transfers of this kind, in minor units."""
    return sum(Transfer.objects.filter(kind=kind).values_list("amount_minor", flat=True))


@pytest.mark.django_db
@pytest.mark.slow
@pytest.mark.timeout(0)
def test_the_shop_and_a_pure_model_of_it_agree_whatever_happens() -> None:
    run_state_machine_as_test(Trading)
