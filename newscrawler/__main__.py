"""`newscrawler` and `python -m newscrawler`: the commands of `scrapy` in the project, from any folder."""

from __future__ import annotations

import os

from scrapy.cmdline import execute


def main() -> None:
    """Run the command line. The settings are ours, whatever scrapy.cfg lies in the folder or above it."""
    os.environ["SCRAPY_SETTINGS_MODULE"] = "newscrawler.settings"
    execute()


if __name__ == "__main__":
    main()
