"""Reading a file of orders: each broken line is said by its number, and costs nothing but itself."""

import tracemalloc
from pathlib import Path

import pytest

from marketplace.benchmarks import order_files
from marketplace.imports.reading import COLUMNS, BrokenLine, FileRefused, Line, read
from marketplace.imports.tests.files import NOW, row, write_orders

HEADER = ",".join(COLUMNS)
GOOD = ",".join(row().values())


def read_text(folder: Path, text: str | bytes) -> list[Line | BrokenLine]:
    """What the file with this content says."""
    path = folder / "orders.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(read(path, at=NOW))


def test_a_line_is_read_with_its_amounts_in_minor_units(tmp_path: Path) -> None:
    (line,) = read(write_orders(tmp_path / "orders.csv", row()), at=NOW)

    assert isinstance(line, Line)
    assert (line.number, line.order_id, line.currency, line.quantity) == (2, "order-1", "BRL", 2)
    assert (line.unit_price_minor, line.unit_shipping_minor) == (3990, 1005)
    assert line.shipped_at is not None
    assert line.shipped_at.isoformat() == "2018-01-05T12:00:00+00:00"


@pytest.mark.parametrize(
    ("currency", "price", "minor"),
    [("BRL", "0", 0), ("BRL", "32.9", 3290), ("BRL", "5.000", 500), ("JPY", "1500.0", 1500), ("KWD", "1.234", 1234)],
)
def test_amounts_are_exact_in_every_currency(tmp_path: Path, currency: str, price: str, minor: int) -> None:
    text = row(currency=currency, unit_price=price, unit_shipping="0")
    (line,) = read(write_orders(tmp_path / "orders.csv", text), at=NOW)

    assert isinstance(line, Line)
    assert line.unit_price_minor == minor


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("order_id", "", "has no order_id"),
        ("buyer_id", " ", "has no buyer_id"),
        ("seller_id", "s" * 101, "has a seller_id of more than 100 characters"),
        ("currency", "", "has the unknown currency “”"),
        ("currency", "brl", "has the unknown currency “brl”"),
        ("currency", "REAL", "has the unknown currency “REAL”"),
        ("unit_price", "", "has “” as its unit_price, which is not an amount such as 39.90"),
        ("unit_price", "free", "has “free” as its unit_price"),
        ("unit_price", "NaN", "has “NaN” as its unit_price"),
        ("unit_price", "1e5", "has “1e5” as its unit_price"),
        ("unit_price", "39,90", "has “39,90” as its unit_price"),
        ("unit_price", "٣٩", "has “٣٩” as its unit_price"),
        ("unit_price", "-39.90", "has a negative unit_price: “-39.90”"),
        ("unit_price", "0.005", "has a unit_price with more decimals than BRL has: “0.005”"),
        ("unit_price", "99999999999999", "has a unit_price beyond any price: “99999999999999”"),
        ("unit_price", "9" * 200, "has “9999999999999999999999999999999999999999” as its unit_price"),
        ("unit_shipping", "-1", "has a negative unit_shipping: “-1”"),
        ("quantity", "0", "has “0” as its quantity"),
        ("quantity", "-1", "has “-1” as its quantity"),
        ("quantity", "1.5", "has “1.5” as its quantity"),
        ("quantity", "²", "has “²” as its quantity"),
        ("quantity", "9" * 5000, "as its quantity, which is no whole number from 1 to 1,000,000"),
        ("placed_at", "", "has no placed_at"),
        ("placed_at", "yesterday", "has “yesterday” as its placed_at, which is no time such as 2018-05-03T14:07:00Z"),
        ("placed_at", "2018-02-30T00:00:00Z", "has “2018-02-30T00:00:00Z” as its placed_at"),
        ("paid_at", "2018-01-02T12:00:00", "has a paid_at without a time zone"),
        ("paid_at", "1066-10-14T12:00:00Z", "has a paid_at before 1970"),
        ("delivered_at", "2038-01-19T03:14:08Z", "has a delivered_at that is still to come"),
        ("promised_at", "9999-12-31T23:59:59Z", "has a promised_at that is still to come"),
        ("category", "a\0b", "has a NUL byte"),
    ],
)
def test_a_broken_field_is_named_and_the_other_lines_are_read(
    tmp_path: Path, column: str, value: str, reason: str
) -> None:
    path = write_orders(tmp_path / "orders.csv", row(), row(**{column: value}), row(order_id="order-2"))

    first, broken, last = read(path, at=NOW)

    assert isinstance(first, Line)
    assert isinstance(broken, BrokenLine)
    assert isinstance(last, Line)
    assert (broken.number, reason in broken.reason) == (3, True), broken
    assert broken.order_id == ("" if column == "order_id" else "order-1")
    assert last.number == 4


def test_a_line_in_another_encoding_is_named(tmp_path: Path) -> None:
    lines = read_text(tmp_path, f"{HEADER}\n{GOOD}\n".encode() + GOOD.replace("furniture", "móveis").encode("latin-1"))

    assert lines[1] == BrokenLine(3, "is not UTF-8", "order-1")


def test_accents_and_line_breaks_in_other_columns_are_no_trouble(tmp_path: Path) -> None:
    text = f'{HEADER},feedback_text\n{GOOD},"Muito bom,\n\n""ótimo"" até aí"\n{GOOD},\n'

    assert [line.number for line in read_text(tmp_path, text)] == [2, 5]


def test_a_byte_order_mark_blank_lines_and_any_line_ending_are_no_trouble(tmp_path: Path) -> None:
    text = f"\ufeff{HEADER}\r\n\r\n{GOOD}\r{GOOD}\n"

    assert [type(line) for line in read_text(tmp_path, text)] == [Line, Line]


@pytest.mark.parametrize(("wrong", "fields"), [(GOOD + ",more", 16), (GOOD.rpartition(",")[0], 14), ("?", 1)])
def test_a_line_with_too_many_or_too_few_fields_is_named(tmp_path: Path, wrong: str, fields: int) -> None:
    lines = read_text(tmp_path, f"{HEADER}\n{wrong}\n{GOOD}\n")

    assert lines[0] == BrokenLine(2, f"has {fields} fields instead of 15")
    assert isinstance(lines[1], Line)


def test_a_quotation_mark_that_is_never_closed_costs_its_own_line_alone(tmp_path: Path) -> None:
    torn = GOOD.replace("furniture", '"furniture')
    lines = read_text(tmp_path, "\n".join([HEADER, GOOD, torn, *[GOOD] * 2000, torn]))

    broken = [line for line in lines if isinstance(line, BrokenLine)]
    assert [line.number for line in broken] == [3, 2004]
    assert all(line.reason.startswith("is not in the CSV format: ") for line in broken)
    assert len(lines) - len(broken) == 2001


def test_a_line_longer_than_any_is_named_and_not_held_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    with path.open("w") as file:
        file.write(f"{HEADER}\n{GOOD}")
        for _ in range(30):
            file.write("x" * 1_000_000)
        file.write(f"\n{GOOD}\n")

    tracemalloc.start()
    broken, good = read(path, at=NOW)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert broken == BrokenLine(2, "is not in the CSV format: field larger than field limit (131072)")
    assert isinstance(good, Line)
    assert good.number == 3
    assert peak < 15_000_000


def test_a_long_file_is_read_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    order_files.write(path, lines=20_000, seed=1)

    tracemalloc.start()
    count = sum(1 for _ in read(path, at=NOW))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert count >= 20_000
    assert peak < 1_000_000 < path.stat().st_size


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "the file is empty"),
        (GOOD.encode(), "line 1: no column order_id, buyer_id"),
        (HEADER.replace("unit_price,", "").encode(), "line 1: no column unit_price"),
        (HEADER.replace(",", ";").encode(), "line 1: no column order_id, buyer_id"),
        (f"{HEADER},status".encode(), "line 1: more than one column status"),
        (f"{HEADER}\n{GOOD}".encode("utf-16"), "line 1: is not UTF-8"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "line 1: is not UTF-8; the file must be UTF-8 text"),
        (b'order_id,"buyer', "line 1 is not in the CSV format"),
    ],
)
def test_a_file_that_is_none_is_refused_with_the_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(FileRefused) as refused:
        read_text(tmp_path, content)

    assert reason in str(refused.value)


def test_a_file_that_is_not_there_or_is_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="No such file"):
        list(read(tmp_path / "nothing.csv", at=NOW))
    with pytest.raises(FileRefused, match="Is a directory"):
        list(read(tmp_path, at=NOW))
