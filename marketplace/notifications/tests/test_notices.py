"""The bell and the list: what a person was told, by whom it can be read, and how it comes to be read."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from marketplace.accounts.models import User
from marketplace.notifications.models import Notice
from marketplace.notifications.reading import PAGE
from marketplace.notifications.tests.telling import AT

pytestmark = pytest.mark.django_db
LIST = "/notifications/"


@pytest.fixture
def user() -> User:
    """Somebody who is told things."""
    return User.objects.create_user("reader@example.com", name="Ana")


@pytest.fixture
def reader(user: User, client: Client) -> Client:
    """Their browser."""
    client.force_login(user)
    return client


def make_notices(user: User, number: int, *, first: int = 1) -> list[Notice]:
    """So many notices, each a minute newer than the one before."""
    return Notice.objects.bulk_create(
        Notice(
            user=user,
            topic="made.up",
            subject_id=1,
            seq=seq,
            title=f"Title {seq}.",
            body="A <body>",
            url="/somewhere/",
            created_at=AT + timedelta(minutes=seq),
        )
        for seq in range(first, first + number)
    )


def bell(reader: Client) -> str:
    """What the bell says on a page."""
    page = reader.get(LIST).content.decode()
    words = re.sub(r"<[^>]+>", " ", page.partition(f'href="{LIST}"')[2].partition("</a>")[0].partition(">")[2])
    return " ".join(words.split())


def titles(page: str) -> list[int]:
    """The numbers of the notices on a page, in their order."""
    return [int(number) for number in re.findall(r"Title (\d+)\.", page)]


def test_the_bell_counts_what_is_unread_and_no_further_than_99(reader: Client, user: User) -> None:
    assert bell(reader) == "Notifications"
    make_notices(user, 3)
    assert bell(reader) == "Notifications 3 unread"
    make_notices(user, 97, first=4)
    assert bell(reader) == "Notifications 99+ unread"


def test_a_visitor_sees_no_bell_and_is_asked_to_sign_in(client: Client) -> None:
    assert LIST not in client.get("/").content.decode()
    assert client.get(LIST)["Location"].startswith(reverse("account_login"))


def test_the_list_is_newest_first_and_goes_page_by_page_both_ways(reader: Client, user: User) -> None:
    number = 2 * PAGE + 5
    make_notices(user, number)
    pages = [reader.get(LIST).content.decode()]
    while match := re.search(rf"{LIST}\?before=\d+", pages[-1]):
        pages.append(reader.get(match[0]).content.decode())

    assert [titles(page) for page in pages] == [
        list(range(number, number - PAGE, -1)),
        list(range(number - PAGE, number - 2 * PAGE, -1)),
        list(range(5, 0, -1)),
    ]

    back = re.search(rf"{LIST}\?after=\d+", pages[2])
    assert back is not None
    assert titles(reader.get(back[0]).content.decode()) == titles(pages[1])
    assert "?after=" not in pages[0]


def test_notices_of_the_same_moment_are_all_paged_through(reader: Client, user: User) -> None:
    make_notices(user, PAGE + 3)
    Notice.objects.update(created_at=AT)
    first = reader.get(LIST).content.decode()
    match = re.search(rf"{LIST}\?before=\d+", first)
    assert match is not None

    second = reader.get(match[0]).content.decode()

    assert sorted(titles(first) + titles(second)) == list(range(1, PAGE + 4))


@pytest.mark.parametrize("cursor", ["before=0", "before=x", "after=9" * 30, "before=%00", "after=-1"])
def test_a_cursor_that_is_nonsense_is_the_first_page(reader: Client, user: User, cursor: str) -> None:
    make_notices(user, 2)

    assert titles(reader.get(f"{LIST}?{cursor}").content.decode()) == [2, 1]


def test_the_list_takes_the_same_number_of_queries_for_any_number_of_notices(reader: Client, user: User) -> None:
    numbers: list[int] = []
    for number in (1, PAGE - 1):
        make_notices(user, number, first=1 + sum(numbers))
        with CaptureQueriesContext(connection) as queries:
            reader.get(LIST)
        numbers.append(len(queries))

    assert numbers[0] == numbers[1]


def test_opening_a_notice_leads_to_its_page_and_marks_it_read_once(reader: Client, user: User) -> None:
    notice, other = make_notices(user, 2)

    answer = reader.get(f"{LIST}{notice.pk}/")

    assert (answer.status_code, answer["Location"]) == (302, "/somewhere/")
    notice.refresh_from_db()
    read_at = notice.read_at
    assert read_at is not None
    reader.get(f"{LIST}{notice.pk}/")
    notice.refresh_from_db()
    other.refresh_from_db()
    assert (notice.read_at, other.read_at) == (read_at, None)


def test_a_notice_of_somebody_else_does_not_exist(reader: Client) -> None:
    (notice,) = make_notices(User.objects.create_user("other@example.com"), 1)

    assert reader.get(f"{LIST}{notice.pk}/").status_code == 404
    notice.refresh_from_db()
    assert notice.read_at is None


def test_marking_all_as_read_marks_what_was_seen_and_only_ones_own(reader: Client, user: User) -> None:
    make_notices(user, 2)
    (foreign,) = make_notices(User.objects.create_user("other@example.com"), 1)
    page = reader.get(LIST).content.decode()
    latest = re.search(r'name="latest" value="(\d+)"', page)
    assert latest is not None
    make_notices(user, 1, first=3)

    answer = reader.post(f"{LIST}read-all/", {"latest": latest[1]})

    assert answer["Location"] == LIST
    assert list(Notice.objects.filter(user=user).unread().values_list("seq", flat=True)) == [3]
    foreign.refresh_from_db()
    assert foreign.read_at is None


@pytest.mark.parametrize("latest", ["", "x", "9" * 30, "-1"])
def test_marking_nonsense_as_read_marks_nothing(reader: Client, user: User, latest: str) -> None:
    make_notices(user, 1)

    reader.post(f"{LIST}read-all/", {"latest": latest})

    assert Notice.objects.unread().count() == 1


def test_marking_all_as_read_is_not_done_by_a_link(reader: Client) -> None:
    assert reader.get(f"{LIST}read-all/").status_code == 405


def test_a_notice_is_shown_as_text_and_says_that_it_is_new(reader: Client, user: User) -> None:
    make_notices(user, 1)
    page = reader.get(LIST).content.decode()

    assert "A &lt;body&gt;" in page
    assert ">New</span>" in page
    Notice.objects.update(read_at=AT)
    assert ">New</span>" not in reader.get(LIST).content.decode()


def test_an_empty_list_says_what_will_be_there(reader: Client) -> None:
    assert "Nothing has happened yet" in reader.get(LIST).content.decode()
