"""Where addresses are fetched from, and who is never asked."""

from __future__ import annotations

from typing import Any

import pytest

from newscrawler.editions.mirrors import MirrorMap
from newscrawler.exceptions import ArgumentError

REPLICA = MirrorMap.parse({"www.rt.com": "http://127.0.0.1:8000"})
LIVE = MirrorMap.parse({})


def test_nothing_mapped_changes_nothing() -> None:
    assert LIVE.fetch_url("https://www.rt.com/news/") == "https://www.rt.com/news/"
    assert LIVE.site_url("https://www.rt.com/news/") == "https://www.rt.com/news/"


@pytest.mark.parametrize("host", ["www.rt.com", "rt.com", "swentr.site"])
def test_a_site_s_address_goes_to_the_origin_and_back(host: str) -> None:
    fetched = REPLICA.fetch_url(f"https://{host}/news/?a=b#c")
    assert fetched == "http://127.0.0.1:8000/news/?a=b"
    assert REPLICA.site_url(fetched) == "https://www.rt.com/news/?a=b"


def test_a_host_without_a_path_is_its_root() -> None:
    assert REPLICA.fetch_url("https://www.rt.com") == "http://127.0.0.1:8000/"


def test_foreign_addresses_are_left_alone() -> None:
    assert REPLICA.fetch_url("https://example.com/news/") == "https://example.com/news/"
    assert REPLICA.site_url("http://127.0.0.1:8001/news/") == "http://127.0.0.1:8001/news/"


def test_a_mirror_s_name_stands_for_the_edition() -> None:
    assert MirrorMap.parse({"rt.com": "https://swentr.site/"}).origins == {"www.rt.com": "https://swentr.site"}


@pytest.mark.parametrize(
    ("hosts", "url", "allowed"),
    [
        (LIVE, "https://www.rt.com/news/", True),
        (LIVE, "http://rt.com/news/", True),
        (LIVE, "https://swentr.site/news/", True),
        (LIVE, "https://www.rt.com:443/news/", True),
        (LIVE, "https://www.rt.com:8443/news/", False),
        (LIVE, "http://127.0.0.1:8000/news/", False),
        (LIVE, "https://example.com/", False),
        (LIVE, "https://www.rt.com.example.com/", False),
        (LIVE, "ftp://www.rt.com/", False),
        (LIVE, "file:///etc/hosts", False),
        (LIVE, "https://[broken", False),
        (LIVE, "https://www.rt.com:port/", False),
        (REPLICA, "http://127.0.0.1:8000/news/", True),
        (REPLICA, "http://127.0.0.1:8001/news/", False),
        (REPLICA, "https://127.0.0.1:8000/news/", False),
        # Who is mapped is not asked any more.
        (REPLICA, "https://www.rt.com/news/", False),
    ],
)
def test_who_may_be_asked(hosts: MirrorMap, url: str, allowed: bool) -> None:
    assert hosts.may_fetch(url) is allowed


@pytest.mark.parametrize(
    ("host", "origin", "says"),
    [
        ("www.example.org", "http://127.0.0.1:1", "www.example.org is no host of the site"),
        ("www.rt.com", "ftp://127.0.0.1", "give an origin"),
        ("www.rt.com", "127.0.0.1:8000", "give an origin"),
        ("www.rt.com", "http://", "give an origin"),
        ("www.rt.com", "http://127.0.0.1/path", "give an origin"),
        ("www.rt.com", "http://127.0.0.1/?query", "give an origin"),
        ("www.rt.com", "http://127.0.0.1:port", "http://127.0.0.1:port"),
        ("www.rt.com", "http://[::1", "http://[::1"),
        # JSON may hold anything.
        ("www.rt.com", 8000, "8000: give an origin"),
        ("www.rt.com", None, "None: give an origin"),
    ],
)
def test_what_can_t_be_used_is_said_in_one_line(host: str, origin: Any, says: str) -> None:
    with pytest.raises(ArgumentError, match=r"^NEWSCRAWLER_MIRRORS: [^\n]+$") as caught:
        MirrorMap.parse({host: origin})
    assert says in str(caught.value)
