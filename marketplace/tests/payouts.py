"""Helpers for tests about payouts: sellers with money, bank accounts, and a provider that answers as it is told."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from escrow import operations, payout_methods, payouts, refunds
from escrow.models import Account, Hold, Payout, PayoutMethod, Refund, SellerBalance
from escrow.providers.base import PayoutState, ProviderObject, ProviderPayout
from escrow.providers.imported import ImportedProvider
from marketplace.accounts.models import User
from marketplace.lib import references
from marketplace.lib.money import Money
from marketplace.tests.trade import AT, make_completed_order, make_seller, make_user, make_variant

IBAN = "PT50 0002 0123 1234 5678 9015 4"
OTHER_IBAN = "DE89 3704 0044 0532 0130 00"


def make_paid_seller(*, sales: int = 1, currency: str = "USD", price_minor: int = 4000) -> User:
    """A seller with a bank account and so many sales released; each brings 40.10 of 41.98 unless priced otherwise."""
    seller = make_seller(currency=currency)
    variant, buyer = make_variant(seller, price_minor=price_minor, stock=sales), make_user()
    for _ in range(sales):
        make_completed_order(variant=variant, buyer=buyer)
    make_method(seller)
    return seller


def make_method(seller: User, iban: str = IBAN, at: datetime = AT) -> PayoutMethod:
    """A bank account of the seller's."""
    return payout_methods.add(owner=seller, holder=seller.name, iban=iban, at=at)


def account_of(seller: User, currency: str = "USD") -> Account:
    """The seller's account in the currency."""
    return Account.objects.get(kind=Account.Kind.SELLER, owner=seller, currency=currency)


def balance_of(seller: User, currency: str = "USD") -> int:
    """What is available to the seller, in minor units."""
    return SellerBalance.objects.get(account=account_of(seller, currency)).available_minor


def request_payout(
    seller: User,
    amount_minor: int | None = None,
    *,
    at: datetime = AT,
    reference: str = "",
    currency: str = "USD",
    method: PayoutMethod | None = None,
) -> Payout:
    """The seller asks for a payout of the amount, or of all there is."""
    return payouts.request(
        account=account_of(seller, currency),
        method=method or PayoutMethod.objects.filter(owner=seller).in_use()[0],
        amount_minor=amount_minor,
        reference=reference or references.new(),
        by=seller,
        at=at,
    )


def make_payouts() -> dict[str, Payout]:
    """A seller's payouts in every state, of one sale each, by state."""
    made = {}
    seller = make_paid_seller(sales=5)
    for state, told in {
        "REQUESTED": [],
        "SUBMITTED": [Payout.State.SUBMITTED],
        "PAID": [Payout.State.SUBMITTED, Payout.State.PAID],
        "FAILED": [Payout.State.SUBMITTED, Payout.State.FAILED],
        "RETURNED": [Payout.State.PAID, Payout.State.RETURNED],
    }.items():
        payout = made[state] = request_payout(seller, 4010)
        for step in told:
            tell_payout(payout, step)
    return made


def make_refund_after(hold: Hold | None = None, amount_minor: int = 4198, *, at: datetime = AT) -> Refund:
    """A refund of an order that is over, from a seller with nothing left unless the order is named."""
    order = make_completed_order() if hold is None else None
    return refunds.propose(
        hold=hold or order.hold,  # type: ignore[union-attr,arg-type]
        amount=Money(amount_minor, "USD"),
        returns_fee=False,
        may_owe=True,
        why="It broke after a week.",
        by=make_user(),
        at=at,
    )


def tell_payout(payout: Payout, state: Payout.State, *, at: datetime = AT, failure_code: str = "") -> None:
    """The payout's provider says what became of it."""
    answer = ProviderPayout(
        id=f"po_{payout.pk}",
        reference=f"payout:{payout.pk}",
        state=PayoutState.PENDING if state == Payout.State.SUBMITTED else PayoutState(state.value),
        amount_minor=payout.amount_minor,
        currency=payout.currency,
        settled_at=at,
        failure_code=failure_code or ("account_closed" if state in Payout.GIVEN_BACK else ""),
    )
    operations.record(answer, provider=payout.provider, at=at)
    payout.refresh_from_db()


@dataclass
class StubPayer(ImportedProvider):
    """A provider that pays out as it is told: each payout is answered with `state`, or with `error`."""

    state: PayoutState = PayoutState.PENDING
    error: BaseException | None = None
    made: dict[str, ProviderPayout] = field(default_factory=dict)
    destinations: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    before_answer: Callable[[], None] = lambda: None

    def pay_out(
        self, *, key: str, reference: str, amount_minor: int, currency: str, destination: str
    ) -> ProviderPayout:
        """Pay out once per key; with an `error` it is done and the answer is lost."""
        self.calls.append("pay_out")
        if key not in self.made:
            self.made[key] = ProviderPayout(
                id=f"po_{len(self.made) + 1}",
                reference=reference,
                state=self.state,
                amount_minor=amount_minor,
                currency=currency,
            )
            self.destinations.append(destination)
        self.before_answer()
        if self.error:
            raise self.error
        return self.made[key]

    def fetch_payout(self, payout_id: str) -> ProviderPayout:
        """The payout as it is now."""
        self.calls.append("fetch_payout")
        return next(payout for payout in self.made.values() if payout.id == payout_id)

    def find(self, *, key: str) -> ProviderObject | None:
        """What became of the key."""
        self.calls.append("find")
        return self.made.get(key)

    def becomes(self, key: str, state: PayoutState, failure_code: str = "") -> ProviderPayout:
        """Let a payout become something else; the answer that tells of it."""
        self.made[key] = replace(self.made[key], state=state, failure_code=failure_code)
        return self.made[key]
