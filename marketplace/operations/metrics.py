"""The figures of the operators' page for Prometheus. Amounts are in minor units, times in seconds."""

import secrets
from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from marketplace.accounts.middleware import alike_for_all_readers
from marketplace.lib import clock
from marketplace.operations import figures
from marketplace.operations.figures import Figures

DONE = ("SUCCEEDED", "SETTLED")


@alike_for_all_readers
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """All figures as they are now; without the bearer token METRICS_TOKEN there is no such page."""
    sent = request.headers.get("Authorization", "").encode()
    if not settings.METRICS_TOKEN or not secrets.compare_digest(sent, f"Bearer {settings.METRICS_TOKEN}".encode()):
        raise Http404
    registry = CollectorRegistry()
    registry.register(FiguresCollector(figures.gather(clock.now())))
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(registry), content_type=content_type)


class FiguresCollector(Collector):
    """Says the figures of one moment."""

    def __init__(self, now: Figures) -> None:
        self.now = now

    def collect(self) -> Iterator[Metric]:
        """Every figure."""
        yield from self._clocks()
        yield from self._money()
        yield from self._waiting()

    def _clocks(self) -> Iterator[Metric]:
        overdue = self.now.overdue
        yield _gauge("overdue_orders", "Open orders past their deadline, set-aside ones left out", overdue.orders)
        yield _gauge("overdue_releases", "Those of them whose money goes to the seller", overdue.releases)
        yield _gauge("overdue_lag_seconds", "How long the oldest of them is overdue", overdue.lag.total_seconds())
        lags = {(clock.by,): clock.lag.total_seconds() for clock in self.now.clocks}
        yield _gauges("sweep_lag_seconds", "How long ago each clock swept", ["by"], lags)
        aside = {
            ("operator",): self.now.set_aside_for_good,
            ("retry",): self.now.set_aside - self.now.set_aside_for_good,
        }
        yield _gauges("set_aside_orders", "Orders set aside, by what they wait for", ["waits_for"], aside)

    def _money(self) -> Iterator[Metric]:
        imbalances = {(money.currency,): money.amount_minor for money in self.now.imbalances}
        yield _gauges("imbalance_minor", "What the books are out of balance by: 0", ["currency"], imbalances)
        balances = {
            (one.kind.value, one.currency, one.provider or ""): one.balance.amount_minor for one in self.now.standings
        }
        yield _gauges("balance_minor", "What is in the accounts", ["kind", "currency", "provider"], balances)
        open_ones = [one for one in self.now.asked if one.state not in DONE]
        counts = {(one.state.value,): one.count for one in open_ones}
        yield _gauges("provider_operations", "Refunds and payouts not done, 10,001 for more", ["state"], counts)
        ages = {(one.state.value,): (self.now.at - one.oldest_at).total_seconds() for one in open_ones if one.oldest_at}
        yield _gauges("provider_operation_oldest_seconds", "How old the oldest of them is", ["state"], ages)
        problems = self.now.events_without_effect
        yield _gauge("messages_without_effect", "Webhooks that were genuine and changed nothing", problems)

    def _waiting(self) -> Iterator[Metric]:
        waiting = self.now.waiting
        yield _gauge("redis_up", "Whether Redis answers", int(waiting.messages is not None))
        if waiting.messages is not None:
            yield _gauge("queue_messages", "Messages in Redis that wait for a worker", waiting.messages)
        outbox = {("waiting",): waiting.outbox, ("set_aside",): waiting.outbox_set_aside}
        yield _gauges("outbox_entries", "Events that people have not been told yet", ["state"], outbox)
        emails = {("waiting",): waiting.emails, ("dead",): waiting.emails_dead}
        yield _gauges("emails", "E-mails not sent", ["state"], emails)


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(f"holdfast_{name}", words, value=value)


def _gauges(name: str, words: str, labels: list[str], values: Mapping[Any, float]) -> Metric:
    family = GaugeMetricFamily(f"holdfast_{name}", words, labels=labels)
    for label_values, value in values.items():
        family.add_metric(list(label_values), value)
    return family
