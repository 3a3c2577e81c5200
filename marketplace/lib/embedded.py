"""Where the embedded PostgreSQL and Valkey of a data folder are found.

Cheap enough to be called while the settings load: nothing is started here (see `marketplace.lib.servers`). The
addresses follow from the data folder alone, so every command finds the servers that another one runs on it.
"""

import hashlib
import os
import secrets
import tempfile
from pathlib import Path
from urllib.parse import quote

APPLICATION_ROLE = "holdfast"
LONGEST_SOCKET_FOLDER = 80  # a Unix socket's path may have 107 bytes (103 on macOS), its file name included


def data_dir() -> Path:
    """The folder of everything that a running Holdfast keeps on this machine: $DATA_DIR, or `.data` here."""
    return Path(os.environ.get("DATA_DIR") or Path(__file__).resolve().parents[2] / ".data").expanduser().resolve()


def socket_dir() -> Path:
    """A short folder for the servers' Unix sockets, one per data folder, under the temporary folder."""
    digest = hashlib.sha256(str(data_dir()).encode()).hexdigest()[:12]
    base = Path(tempfile.gettempdir())
    if len(str(base)) > LONGEST_SOCKET_FOLDER - 25:
        base = Path("/tmp")  # noqa: S108 (the folder's owner is checked before it is used)
    return base / f"holdfast-{digest}"


def secret(name: str) -> str:
    """A random text kept in the data folder, the same for every process that asks for this name.

    Where the folder cannot be written the text lasts for this process only; whoever starts the servers says so.
    """
    path = data_dir() / name
    try:
        return path.read_text() or _keep(path)
    except FileNotFoundError:
        return _keep(path)
    except OSError:
        return secrets.token_urlsafe(48)


def _keep(path: Path) -> str:
    """Write a new secret whole or not at all, and let the first of several writers win."""
    value = secrets.token_urlsafe(48)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        try:
            with os.fdopen(handle, "w") as file:
                file.write(value)
            if path.exists() and not path.read_text():
                path.unlink()
            Path(path).hardlink_to(draft)
        except FileExistsError:
            return path.read_text()
        finally:
            Path(draft).unlink()
    except OSError:
        pass
    return value


def secret_key() -> str:
    """Django's secret key for a development server: random, and stable for one data folder."""
    return secret("secret_key")


def database_url(name: str = "holdfast") -> str:
    """The URL of database `name` on the embedded PostgreSQL, as the application's own role."""
    password = secret("database_password")
    return f"postgres://{APPLICATION_ROLE}:{password}@/{name}?host={quote(str(socket_dir()), safe='')}"


def redis_url(database: int = 0) -> str:
    """The URL of the embedded Valkey, which speaks Redis, for a client that takes `unix://`."""
    return f"unix://{socket_dir()}/valkey.sock?db={database}"


def broker_url(url: str) -> str:
    """The same Redis as Celery writes it: a Unix socket is `redis+socket://`, all else stays as it is."""
    if not url.startswith("unix://"):
        return url
    return url.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=")
