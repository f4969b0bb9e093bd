"""Servers that end with their test; and the browser of the browser tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browser.conftest import browser

from serve import cases
from serve.process import Served

__all__ = ["browser"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "case.yaml"
    path.write_text(cases.TEXT)
    return path


@pytest.fixture
def serve(path: Path) -> Iterator[Callable[..., Served]]:
    started: list[Served] = []

    def start(*options: str) -> Served:
        started.append(Served(path, *options))
        return started[-1]

    yield start
    for served in started:
        served.close()
