"""What Celery's worker runs. Tasks take no arguments: the database says what is due, so a lost one loses nothing."""

from marketplace import sweeps
from marketplace.celery import app
from marketplace.lib.clock import now
from orders import tracking


@app.task(name="marketplace.tasks.sweep")  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Everything that is due; beat asks for it every `SWEEP_INTERVAL`."""
    sweeps.sweep(by="worker")


@app.task(name="marketplace.tasks.tell")  # type: ignore[untyped-decorator]
def tell() -> None:
    """The news alone, as a hint asks for it right after something happened (see marketplace.lib.hints)."""
    at = now()
    for name in sweeps.NEWS:
        sweeps.PARTS[name](at)


@app.task(name=tracking.TASK)  # type: ignore[untyped-decorator]
def watch_parcels() -> None:
    """Ask carriers to report new parcels, as a hint asks for it right after one was shipped."""
    sweeps.PARTS["parcels"](now())
