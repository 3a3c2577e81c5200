"""Give every command of manage.py the services it needs, for as long as it runs."""

import fcntl
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from environs import Env

from marketplace.lib import embedded
from marketplace.lib.servers import ServerError
from marketplace.lib.services import Services, prepare_folder

PROJECT = Path(__file__).resolve().parents[2]

NEED_NOTHING = {  # and `demo` runs services of its own
    *("", "help", "version", "--help", "-h", "--version", "check", "demo", "collectstatic", "findstatic"),
    *("makemessages", "compilemessages", "startapp", "diffsettings"),
}


def read_environment() -> None:
    """Put what `.env` says into the environment, where the environment itself does not say otherwise."""
    Env().read_env(str(PROJECT / ".env"), recurse=False)


@contextmanager
def services_for(arguments: Sequence[str]) -> Iterator[None]:
    """Run a command line of manage.py with PostgreSQL and Valkey answering.

    Nothing is started where both URLs are set, where the command needs neither, and where another command, such as
    the demo, runs them already. Else they are started and stopped with this command; the last of several that share
    them is waited for. Ends the process with a message where a server cannot run.
    """
    read_environment()
    name = next(iter(arguments[1:]), "")
    if name == "demo":
        _name_data_folder(arguments)
    missing = {url for url in ("DATABASE_URL", "REDIS_URL") if not os.environ.get(url)}
    if not missing or name in NEED_NOTHING or not _is_development():
        yield
        return
    services = Services(postgres="DATABASE_URL" in missing, valkey="REDIS_URL" in missing)
    with _explained():
        prepare_folder(services.folder)
    with (services.folder / "users").open("ab") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        with _explained():
            owns = services.start_or_join()
        try:
            yield
        finally:
            if owns:
                fcntl.flock(users, fcntl.LOCK_EX)
                services.stop()


@contextmanager
def _explained() -> Iterator[None]:
    """End the process with the message of a server's error instead of a traceback."""
    try:
        yield
    except ServerError as error:
        sys.exit(str(error))


def _name_data_folder(arguments: Sequence[str]) -> None:
    """Take `--data-dir` from the command line, before the settings read where the data is."""
    for position, word in enumerate(arguments):
        if word == "--data-dir" and position + 1 < len(arguments):
            os.environ["DATA_DIR"] = arguments[position + 1]
        elif word.startswith("--data-dir="):
            os.environ["DATA_DIR"] = word.partition("=")[2]
    os.environ["DATA_DIR"] = str(embedded.data_dir())


def _is_development() -> bool:
    """Whether embedded servers may stand in; in production a missing URL is an error that the settings report."""
    return Env().bool("DEMO", Env().bool("DEBUG", True))
