"""`newscrawler` and `python -m newscrawler`: the commands of `scrapy` in the project, from any folder."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from configparser import Error as ConfigError
from typing import Any, NoReturn

from newscrawler import __version__


def _end_at_once(*_: Any) -> None:
    with contextlib.suppress(OSError):
        os.write(2, b"newscrawler: interrupted\n")
    os._exit(130)


def _refuse(why: str) -> NoReturn:
    print(f"newscrawler: error: {why}", file=sys.stderr)
    sys.exit(2)


def main() -> None:
    """Run the command line. The settings are ours, whatever scrapy.cfg lies in the folder or above it."""
    os.environ["SCRAPY_SETTINGS_MODULE"] = "newscrawler.settings"
    if sys.argv[1:] == ["--version"]:
        print(f"newscrawler {__version__}")
        return
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # Among imports KeyboardInterrupt is lost in a callback of the import lock, or kills the process when it has
        # been caught (in source that a dataclass makes). Nothing has begun; commands set what they need.
        signal.signal(signal.SIGINT, _end_at_once)
    try:
        os.getcwd()
    except FileNotFoundError:
        _refuse("the current folder has been removed; change into another")
    try:
        from scrapy.cmdline import execute  # noqa: PLC0415 - takes a second, in which Ctrl-C is no traceback

        execute()
    except ConfigError as error:
        _refuse(f"scrapy.cfg: {' '.join(str(error).split())}")
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        print("newscrawler: interrupted", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
