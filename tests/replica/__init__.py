"""A loopback copy of the structure of RT's site, with invented text: the demo, the test bed and the benchmark."""

from __future__ import annotations

from tests.replica.faults import FAULTS, READABLE, Address
from tests.replica.server import Request, Server, serve
from tests.replica.site import DEFAULT_NOW, Site
from tests.replica.story import HOST, LAYOUTS, Story

__all__ = [
    "DEFAULT_NOW",
    "FAULTS",
    "HOST",
    "LAYOUTS",
    "READABLE",
    "Address",
    "Request",
    "Server",
    "Site",
    "Story",
    "serve",
]
