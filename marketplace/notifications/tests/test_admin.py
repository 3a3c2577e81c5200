"""Operators see what could not be told or sent, and can have it tried again; nobody edits a row."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from marketplace.accounts.models import User
from marketplace.notifications.models import Email, OutboxEntry
from marketplace.notifications.tests.telling import AT, make_email, make_entries

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> User:
    """Somebody of the staff who may see the rows."""
    operator = User.objects.create_user("operator@example.com", is_staff=True)
    operator.user_permissions.set(Permission.objects.filter(codename__in=["view_outboxentry", "view_email"]))
    return operator


@pytest.fixture
def admin(operator: User, client: Client) -> Client:
    """Their browser."""
    client.force_login(operator)
    return client


def allow(operator: User, codename: str) -> None:
    """Give them one more permission."""
    operator.user_permissions.add(Permission.objects.get(codename=codename))


def act(admin: Client, page: str, action: str, pk: int) -> int:
    """Choose an action for one row; return the status."""
    return admin.post(reverse(page), {"action": action, "_selected_action": [pk]}).status_code


def test_a_set_aside_entry_is_found_and_tried_again(admin: Client, operator: User) -> None:
    make_entries(2)
    OutboxEntry.objects.filter(seq=1).update(tries=5, last_error="LookupError('poison')", next_try_at=AT)
    allow(operator, "change_outboxentry")
    page = "admin:notifications_outboxentry_changelist"
    shown = admin.get(reverse(page) + "?standing=set-aside").content.decode()
    assert "LookupError" in shown
    assert "1 outbox entry" in shown

    act(admin, page, "try_again", OutboxEntry.objects.get(seq=1).pk)

    entry = OutboxEntry.objects.get(seq=1)
    assert (entry.tries, entry.next_try_at) == (0, None)


def test_a_given_up_email_is_sent_after_all_and_marked_where_it_may_have_arrived(admin: Client, operator: User) -> None:
    email = make_email(operator, state=Email.State.DEAD, tries=2, deliveries=2)
    allow(operator, "change_email")

    act(admin, "admin:notifications_email_changelist", "send_again", email.pk)

    email.refresh_from_db()
    assert (email.state, email.tries, email.deliveries) == (Email.State.QUEUED, 0, 1)


def test_who_may_only_look_cannot_retry(admin: Client, operator: User) -> None:
    email = make_email(operator, state=Email.State.DEAD, tries=2, deliveries=2)

    act(admin, "admin:notifications_email_changelist", "send_again", email.pk)

    email.refresh_from_db()
    assert email.state == Email.State.DEAD


@pytest.mark.parametrize("page", ["outboxentry_add", "email_add", "notice_add"])
def test_nobody_adds_a_row(page: str, client: Client) -> None:
    client.force_login(User.objects.create_superuser("root@example.com"))

    assert client.get(reverse(f"admin:notifications_{page}")).status_code == 403


def test_nobody_changes_or_deletes_a_row(client: Client) -> None:
    root = User.objects.create_superuser("root@example.com")
    client.force_login(root)
    email = make_email(root)

    change = reverse("admin:notifications_email_change", args=[email.pk])
    assert client.post(change, {"subject": "Other"}).status_code == 403
    assert client.post(reverse("admin:notifications_email_delete", args=[email.pk])).status_code == 403
    assert client.get(change).status_code == 200
