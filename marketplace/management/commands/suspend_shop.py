"""`manage.py suspend_shop SLUG --by EMAIL --why TEXT [--lift]`: what operators can do about a shop."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.accounts import staff_actions
from marketplace.accounts.models import Shop, User
from marketplace.lib import clock


class Command(BaseCommand):
    """Suspends a shop, or lifts its suspension; the log of the staff's acts keeps who did it and why."""

    help = "Let a shop take no orders, or, with --lift, give it back to its owner (on holiday)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask which shop, who does it and why."""
        parser.add_argument("slug", help="the shop, as in its address: /shops/SLUG/")
        parser.add_argument("--by", required=True, metavar="EMAIL", help="the operator who decides this")
        parser.add_argument("--why", required=True, help="the reason, for the log")
        parser.add_argument("--lift", action="store_true", help="lift the suspension instead")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do it; refuses unknown shops, people who are no operators, and lifting what is not suspended."""
        shop = Shop.objects.filter(slug=options["slug"]).first()
        by = User.objects.filter(email=options["by"].lower()).first()
        if shop is None:
            raise CommandError(f"There is no shop {options['slug']}.")
        if by is None:
            raise CommandError(f"There is nobody with the e-mail address {options['by']}.")
        act = staff_actions.lift_suspension if options["lift"] else staff_actions.suspend_shop
        try:
            shop = act(shop=shop, by=by, why=options["why"], at=clock.now())
        except staff_actions.NotAnOperatorError as error:
            raise CommandError(f"{by.email} is no operator.") from error
        except staff_actions.NothingToLiftError as error:
            raise CommandError(f"{shop.name} is not suspended.") from error
        self.stdout.write(f"{shop.name} is now: {shop.get_state_display()}")
