"""Embedded PostgreSQL and Valkey (placeholder until the next commit)."""

import os
from pathlib import Path


def data_dir() -> Path:
    return Path(os.environ.get("DATA_DIR", Path(__file__).resolve().parents[2] / ".data"))


def secret_key() -> str:
    return "insecure-development-key-only-for-a-demo-on-this-machine-0123456789"


def database_url(name: str = "holdfast") -> str:
    return f"postgres:///{name}"


def redis_url() -> str:
    return "redis://localhost:6379/0"
