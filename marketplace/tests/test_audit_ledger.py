"""`manage.py audit_ledger` proves where the money is, and fails aloud when it cannot."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from marketplace.tests.trade import make_completed_order, make_placed_order, make_shipped_order

pytestmark = pytest.mark.django_db


def test_it_prints_the_trial_balance_and_every_rule_with_its_figures() -> None:
    make_placed_order()
    make_shipped_order()
    make_completed_order()
    output = StringIO()

    call_command("audit_ledger", "--chains", stdout=output, no_color=True)

    lines = output.getvalue().splitlines()
    assert [line.split() for line in lines if "Held for orders" in line] == [
        ["USD", "Held", "for", "orders", "debit", "$41.98", "credit", "$83.96"]
    ]
    assert "  ✓ Debits equal credits in every currency (credits $125.94, debits $125.94)." in lines
    assert "  ✓ No stock is negative (variants 3, pieces 27)." in lines
    rules = [line for line in lines if line.startswith("  ✓")]
    assert lines[-1] == f"All {len(rules)} rules hold."


def test_a_broken_rule_is_named_with_what_breaks_it_and_fails_the_command() -> None:
    order = make_shipped_order()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE escrow_hold DISABLE TRIGGER USER")
        cursor.execute("UPDATE escrow_hold SET released_minor = 1")
    output = StringIO()

    with pytest.raises(CommandError, match="rules are broken"):
        call_command("audit_ledger", stdout=output, no_color=True)

    assert (
        f"✗ Each hold's totals are the sums of its transfers (holds 1). BROKEN by 1: {order.number}"
        in output.getvalue()
    )


def test_negative_stock_is_found() -> None:
    make_placed_order()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE catalog_variant DROP CONSTRAINT catalog_variant_stock_check")
        cursor.execute("ALTER TABLE catalog_variant DROP CONSTRAINT variant_stock_not_negative")
        cursor.execute("UPDATE catalog_variant SET stock = -1")
    output = StringIO()

    with pytest.raises(CommandError, match="1 of"):
        call_command("audit_ledger", stdout=output, no_color=True)

    assert "✗ No stock is negative (variants 1, pieces -1). BROKEN by 1: variant" in output.getvalue()
