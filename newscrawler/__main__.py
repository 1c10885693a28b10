"""`newscrawler` and `python -m newscrawler`: the commands of `scrapy` in the project, from any folder."""

from __future__ import annotations

import os
import signal
import sys


def main() -> None:
    """Run the command line. The settings are ours, whatever scrapy.cfg lies in the folder or above it."""
    os.environ["SCRAPY_SETTINGS_MODULE"] = "newscrawler.settings"
    try:
        from scrapy.cmdline import execute  # noqa: PLC0415 - takes a second, in which Ctrl-C is no traceback

        execute()
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        print("newscrawler: interrupted", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
