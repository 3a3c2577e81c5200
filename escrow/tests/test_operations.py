"""Refunds asked of a provider: each is done once, however the answers come, get lost or are repeated."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from escrow import operations, providers
from escrow.models import ProviderOperation, Transfer
from escrow.providers.base import ProviderRefund, ProviderRefused, ProviderUnknown, RefundState
from escrow.providers.imported import ImportedProvider
from marketplace.tests.trade import AT, make_refunded_order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("audit")]

State = ProviderOperation.State
LATER = AT + timedelta(minutes=1)


@dataclass
class StubProvider(ImportedProvider):
    """A provider that remembers what it was asked, and answers as the test says."""

    state: RefundState = RefundState.SUCCEEDED
    error: BaseException | None = None
    loses_answers: bool = False
    refunds: dict[str, ProviderRefund] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def refund(self, *, key: str, payment_id: str, amount_minor: int, currency: str, reference: str) -> ProviderRefund:
        """Refund as `state` and `error` say, and lose the answer where told to."""
        self.asked.append(f"refund {key}")
        if self.error:
            raise self.error
        made = super().refund(
            key=key, payment_id=payment_id, amount_minor=amount_minor, currency=currency, reference=reference
        )
        self.refunds[key] = replace(made, state=self.state)
        if self.loses_answers:
            raise ProviderUnknown("the line went dead")
        return self.refunds[key]

    def find(self, *, key: str) -> ProviderRefund | None:
        """What became of the call."""
        self.asked.append(f"find {key}")
        return self.refunds.get(key)

    def fetch_refund(self, refund_id: str) -> ProviderRefund:
        """The refund as it is now."""
        self.asked.append(f"fetch {refund_id}")
        found = next(refund for refund in self.refunds.values() if refund.id == refund_id)
        return replace(found, state=self.state)


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> StubProvider:
    """The provider that every operation goes to."""
    stub = StubProvider()
    monkeypatch.setattr(providers, "get", lambda _name: stub)
    return stub


def test_a_refund_that_succeeds_leaves_the_books_once(provider: StubProvider) -> None:
    order = make_refunded_order()

    assert operations.submit_due(at=AT) == 1
    assert operations.submit_due(at=LATER) == 0

    operation = ProviderOperation.objects.get()
    assert (operation.state, operation.settled_at, operation.tries) == (State.SUCCEEDED, AT, 1)
    assert Transfer.objects.get(kind="REFUND_PAID").amount_minor == order.total.amount_minor


def test_the_same_news_again_has_no_effect(provider: StubProvider) -> None:
    make_refunded_order()
    operations.submit_due(at=AT)

    for state in (RefundState.SUCCEEDED, RefundState.FAILED, RefundState.PENDING):
        operations.record(replace(next(iter(provider.refunds.values())), state=state), provider="sandbox", at=LATER)

    assert ProviderOperation.objects.get().state == State.SUCCEEDED
    assert Transfer.objects.filter(kind="REFUND_PAID").count() == 1


def test_a_refund_that_is_pending_is_fetched_until_it_is_known(provider: StubProvider) -> None:
    make_refunded_order()
    provider.state = RefundState.PENDING
    operations.submit_due(at=AT)
    assert ProviderOperation.objects.get().state == State.PENDING

    provider.state = RefundState.SUCCEEDED
    operations.submit_due(at=LATER)

    assert ProviderOperation.objects.get().state == State.SUCCEEDED
    assert [asked.split()[0] for asked in provider.asked] == ["refund", "fetch"]


def test_a_refund_that_failed_stays_in_flight_for_operators(provider: StubProvider) -> None:
    make_refunded_order()
    provider.state = RefundState.FAILED

    operations.submit_due(at=AT)

    assert ProviderOperation.objects.get().state == State.FAILED
    assert not Transfer.objects.filter(kind="REFUND_PAID").exists()
    assert operations.submit_due(at=AT + timedelta(days=1)) == 0


def test_a_refusal_is_written_down_with_the_providers_reason(provider: StubProvider) -> None:
    make_refunded_order()
    provider.error = ProviderRefused("not_found", "no such payment")

    operations.submit_due(at=AT)

    operation = ProviderOperation.objects.get()
    assert (operation.state, operation.last_error) == (State.FAILED, "not_found: no such payment")


def test_a_lost_answer_is_asked_about_and_not_sent_again(provider: StubProvider) -> None:
    order = make_refunded_order()
    provider.loses_answers = True
    operations.submit_due(at=AT)
    assert ProviderOperation.objects.get().state == State.UNKNOWN

    operations.submit_due(at=LATER)

    assert ProviderOperation.objects.get().state == State.SUCCEEDED
    assert provider.asked == [f"refund refund:{order.hold_id}", f"find refund:{order.hold_id}"]


def test_a_call_that_never_arrived_is_sent_again_with_its_key(provider: StubProvider) -> None:
    order = make_refunded_order()
    provider.error = ProviderUnknown("no route")
    operations.submit_due(at=AT)
    provider.error = None

    operations.submit_due(at=LATER)

    assert ProviderOperation.objects.get().state == State.SUCCEEDED
    assert provider.asked[-1] == f"refund refund:{order.hold_id}"


def test_a_provider_that_does_not_answer_is_asked_less_and_less_often(provider: StubProvider) -> None:
    make_refunded_order()
    provider.error = ProviderUnknown("no route")
    waits = []
    at = AT
    for _ in range(12):
        assert operations.submit_due(at=at) == 1
        operation = ProviderOperation.objects.get()
        waits.append(operation.next_try_at - at)
        assert operations.submit_due(at=operation.next_try_at - timedelta(seconds=1)) == 0
        at = operation.next_try_at

    assert waits[:3] == [timedelta(seconds=30), timedelta(minutes=1), timedelta(minutes=2)]
    assert waits[-1] == operations.MOST_WAIT


def test_a_worker_that_dies_in_the_middle_leaves_what_the_next_one_asks_about(provider: StubProvider) -> None:
    make_refunded_order()
    provider.error = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        operations.submit_due(at=AT)
    provider.error = None
    assert ProviderOperation.objects.get().state == State.UNKNOWN

    operations.submit_due(at=LATER)

    assert ProviderOperation.objects.get().state == State.SUCCEEDED


def test_one_refusal_among_many_stops_none_of_the_others(
    provider: StubProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = [make_refunded_order() for _ in range(3)]
    refund = provider.refund

    def refuse_one(*, key: str, **what: object) -> ProviderRefund:
        if key == f"refund:{orders[1].hold_id}":
            raise ProviderRefused("too_late", "the card is gone")
        return refund(key=key, **what)  # type: ignore[arg-type]

    monkeypatch.setattr(provider, "refund", refuse_one)

    assert operations.submit_due(at=AT) == 3
    assert [operation.state for operation in ProviderOperation.objects.order_by("pk")] == [
        State.SUCCEEDED,
        State.FAILED,
        State.SUCCEEDED,
    ]


def test_only_the_provider_that_is_named_is_asked(provider: StubProvider) -> None:
    make_refunded_order()

    assert operations.submit_due(at=AT, provider="imported") == 0
    assert operations.submit_due(at=AT, provider="sandbox") == 1


def test_many_refunds_take_as_many_statements_as_one(
    provider: StubProvider, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_refunded_order()
    with django_assert_num_queries(8) as one:
        operations.submit_due(at=AT)
    for _ in range(5):
        make_refunded_order()

    with django_assert_num_queries(len(one.captured_queries)):
        assert operations.submit_due(at=AT) == 5
