"""How commands refuse what they were told: one line and exit code 2."""

from __future__ import annotations

import sys
from typing import NoReturn


def refuse(message: object) -> NoReturn:
    """Say what is wrong on standard error and end with exit code 2. Scrapy's UsageError adds a page of usage."""
    print(f"newscrawler: error: {message}", file=sys.stderr)
    raise SystemExit(2)
