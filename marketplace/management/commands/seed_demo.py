"""`manage.py seed_demo`: people, shops, listings and orders to look at, in an empty database."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from escrow.providers.base import ProviderError
from marketplace.accounts.models import User
from marketplace.demo.goods import make_goods
from marketplace.demo.histories import seed_orders
from marketplace.demo.news import tell_past
from marketplace.demo.people import PASSWORD, make_cast
from marketplace.lib import clock


class Command(BaseCommand):
    """Makes the demo; where something goes wrong, begin again with an empty database."""

    help = "Fill an empty database with the demo: people, shops, listings, orders. Sandbox Pay must be running."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Make it; refuses where somebody is there already."""
        if User.objects.exists():
            raise CommandError("There are people in this database. The demo is made in an empty one only.")
        with transaction.atomic():
            buyers = make_cast()
            make_goods(at=clock.now())
        self.stdout.write("Shops with their listings")
        try:
            seed_orders(buyers=buyers, present=clock.now(), say=self.stdout.write)
        except ProviderError as error:
            raise CommandError(f"The demo's orders cannot be paid: {error}. Is Sandbox Pay running?") from error
        tell_past(present=clock.now())
        self.stdout.write(f"Everybody signs in with the password {PASSWORD}")
