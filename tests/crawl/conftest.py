"""Fixtures of the crawls."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness import Data


@pytest.fixture
def data(tmp_path: Path) -> Data:
    """An empty data folder."""
    return Data(tmp_path)
