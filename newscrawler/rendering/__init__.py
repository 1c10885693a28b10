"""Pages as a browser shows them: for runs with ``-a render=…``, and for a spider's own ``meta["playwright"]``.

Without either nothing here needs Playwright.
"""

from __future__ import annotations

from scrapy.settings import BaseSettings

from newscrawler.rendering.setup import enable


class PlaywrightAddon:
    """Renders the requests of any spider that have ``meta["playwright"]``; docs/operate/rendered-pages.md.

    To enable it, set ``ADDONS = {"newscrawler.rendering.PlaywrightAddon": 100}``.
    """

    def update_settings(self, settings: BaseSettings) -> None:
        """Called by Scrapy. Raises ArgumentError if no browser can be found."""
        enable(settings)
