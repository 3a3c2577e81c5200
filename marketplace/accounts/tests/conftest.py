"""Two people, each signed in in a browser of their own."""

import pytest
from django.test import Client

from marketplace.accounts.models import User


@pytest.fixture
def ana(db: None) -> User:
    return User.objects.create_user("ana@example.com", name="Ana Souza")


@pytest.fixture
def stranger(db: None) -> User:
    return User.objects.create_user("eve@example.com", name="Eve")


@pytest.fixture
def as_ana(ana: User) -> Client:
    client = Client()
    client.force_login(ana)
    return client


@pytest.fixture
def as_stranger(stranger: User) -> Client:
    client = Client()
    client.force_login(stranger)
    return client
