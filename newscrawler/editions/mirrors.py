"""Where a site's pages are fetched from: the site itself, a mirror, the replica.

``NEWSCRAWLER_MIRRORS`` maps a host of the site to an origin, such as
``{"www.rt.com": "http://127.0.0.1:8000"}``. Records keep canonical URLs whatever it says.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from newscrawler.editions import edition_of_host
from newscrawler.exceptions import ArgumentError


@dataclass(frozen=True, slots=True)
class MirrorMap:
    """A host's main name to the origin (scheme and host with port) to fetch it from."""

    origins: dict[str, str]

    @classmethod
    def parse(cls, setting: dict[str, str]) -> MirrorMap:
        """From the setting.

        Raises:
            ArgumentError: a host that is not the site's, or an origin that is none.
        """
        origins = {}
        for host, origin in setting.items():
            edition = edition_of_host(host)
            if edition is None:
                raise ArgumentError(f"NEWSCRAWLER_MIRRORS: {host} is no host of the site")
            try:
                parts = urlsplit(str(origin))
                _ = parts.port
            except ValueError as error:
                raise ArgumentError(f"NEWSCRAWLER_MIRRORS: {origin}: {error}") from None
            if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/") or parts.query:
                raise ArgumentError(f"NEWSCRAWLER_MIRRORS: {origin}: give an origin such as http://127.0.0.1:8000")
            origins[edition.host] = f"{parts.scheme}://{parts.netloc}"
        return cls(origins)

    def fetch_url(self, url: str) -> str:
        """Where to fetch a URL of the site from; other URLs come back unchanged."""
        parts = urlsplit(url)
        edition = edition_of_host(parts.hostname or "")
        origin = self.origins.get(edition.host) if edition else None
        return origin + urlunsplit(("", "", parts.path or "/", parts.query, "")) if origin else url

    def site_url(self, url: str) -> str:
        """The site's own URL of what was fetched from a mapped origin."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        for host, mapped in self.origins.items():
            if mapped == origin:
                return urlunsplit(("https", host, parts.path, parts.query, ""))
        return url

    def may_fetch(self, url: str) -> bool:
        """Whether a URL is one of the site's hosts or mapped origins: nothing else is ever asked."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            return False
        if parts.scheme not in ("http", "https"):
            return False
        if f"{parts.scheme}://{parts.netloc}" in self.origins.values():
            return True
        edition = edition_of_host(parts.hostname or "")
        return edition is not None and edition.host not in self.origins and port in (None, 80, 443)
