"""What nobody can do to refunds and settlements, whatever code they run: each rule stands by itself."""

import pytest

from marketplace.tests.breaking import Attempt, assert_refused, insert, kept
from marketplace.tests.trade import (
    make_completed_order,
    make_paid_order,
    make_refunded_order,
    make_seller,
    make_variant,
)

pytestmark = pytest.mark.django_db

HOLD = "(SELECT min(id) FROM escrow_hold WHERE currency = 'USD')"
YEN_HOLD = "(SELECT min(id) FROM escrow_hold WHERE currency = 'JPY')"
ONE = "(SELECT min(id) FROM accounts_user)"
ANOTHER = "(SELECT max(id) FROM accounts_user)"
DECIDED = {"state": "'DONE'", "decided_by_id": ONE, "decided_at": "now()"}
DECLINED = {**DECIDED, "state": "'DECLINED'"}
OPENED_AGAIN = "state = 'PROPOSED', decided_by_id = NULL, decided_at = NULL"


def decision(table: str, values: dict[str, str], changes: dict[str, str]) -> str:
    """A proposal of one person of the staff, which counts once somebody decides."""
    common = {
        "reference": "'test'", "currency": "'USD'", "amount_minor": "100", "why": "''", "needs_two": "false",
        "state": "'PROPOSED'", "proposed_by_id": ONE, "proposed_at": "now()",
    }  # fmt: skip
    return insert(table, {**common, **values}, changes)


def refund(**changes: str) -> str:
    """A refund after completion that is proposed, unless changed."""
    values = {"hold_id": HOLD, "returns_fee": "false", "may_owe": "false", "fee_minor": "0", "owed_minor": "0"}
    return decision("escrow_refund", values, changes)


def settlement(**changes: str) -> str:
    """A settlement outside the provider that is proposed, unless changed."""
    values = {"operation_id": "(SELECT id FROM escrow_provideroperation)", "how": "''"}
    return decision("escrow_outsidesettlement", values, changes)


ATTEMPTS = [
    *(
        attempt
        for name, table, row in (
            ("refund", "escrow_refund", refund),
            ("outsidesettlement", "escrow_outsidesettlement", settlement),
        )
        for attempt in (
            Attempt(f"a {name} of nothing is proposed", f"{name}_amount_positive", row(amount_minor="0")),
            Attempt(f"a {name} is done by nobody", f"{name}_decided_by_somebody", row(state="'DONE'")),
            Attempt(f"a {name} is decided before it is", f"{name}_decided_by_somebody", row(decided_by_id=ONE)),
            Attempt(
                f"a large {name} is approved by whoever proposed it",
                f"{name}_decided_by_another",
                row(**DECIDED, needs_two="true"),
            ),
            Attempt(f"two of {name} have one reference", f"{table}_reference_key", row(**DECLINED) + ";" + row()),
            Attempt(
                f"a {name} that is done is opened again",
                f"{name.removeprefix('outside')}_decided_is_final",
                f"{row(**DECIDED)}; UPDATE {table} SET {OPENED_AGAIN}",
            ),
            *kept(table, f"{name.removeprefix('outside')}_not_deleted", f"a {name}"),
        )
    ),
    Attempt("a refund is more fee than money", "refund_parts_within_amount", refund(fee_minor="60", owed_minor="41")),
    Attempt("a refund is of a negative fee", "refund_parts_within_amount", refund(fee_minor="-1")),
    Attempt("dollars go back for yen", "refund_hold_same_currency", refund(hold_id=YEN_HOLD)),
    Attempt(
        "a rejected refund is settled twice",
        "outside_settlement_once",
        settlement() + ";" + settlement(reference="'other'", proposed_by_id=ANOTHER),
    ),
]


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
def test_refunds_refuse_it(attempt: Attempt) -> None:
    make_completed_order()
    make_refunded_order()
    make_paid_order(variant=make_variant(make_seller(currency="JPY")))

    assert_refused(attempt)
