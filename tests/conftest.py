"""Shared fixtures. The corpus is third-party material: it is read from where `--corpus` says, never copied."""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--corpus", type=Path, default=None, help="folder of real pages, such as ../shared/corpus")


@pytest.fixture(scope="session")
def corpus(request: pytest.FixtureRequest) -> Path:
    """The corpus folder; tests that ask for it are skipped without --corpus."""
    folder: Path | None = request.config.getoption("--corpus")
    if folder is None:
        pytest.skip("needs --corpus")
    if not (folder / "pages").is_dir():
        pytest.fail(f"--corpus {folder}: no such corpus")
    return folder
