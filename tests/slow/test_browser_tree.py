"""The parser builds what Chromium builds, and the record has what Chromium shows. Run it before turbohtml is raised."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, sync_playwright

from newscrawler.pages.html import parse_html, source_of
from tests.unit.test_malformed_pages import CLOSED, OPEN, TEXTS, with_text
from tests.unit.test_pages import PAGES, response_of

LAYOUTS = ("2016", "2019", "2022")
MALFORMED = [with_text(layout, markup).decode() for layout in LAYOUTS for markup in (*CLOSED, *OPEN)]
_TREE = "source => new DOMParser().parseFromString(source, 'text/html').documentElement.outerHTML"


@pytest.fixture(scope="module")
def browser_page() -> Iterator[Page]:
    path = shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "no chromium; install it, as .ci/run does"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = started.new_page()
        page.route("**/*", lambda route: route.abort())
        yield page
        started.close()


def test_the_tree_is_chromium_s(browser_page: Page) -> None:
    pages = [source_of(response_of(path.read_bytes())) for path in sorted(PAGES.glob("*/*/page.html"))]
    # Cut anywhere, a page has open elements of every kind.
    cut = [page[: len(page) * part // 7] for page in pages for part in range(1, 7)]
    for source in (*MALFORMED, *pages, *cut):
        # DOMParser runs no scripts.
        root = parse_html(source, scripting=False)
        assert root is not None
        assert root.html == browser_page.evaluate(_TREE, source)


@pytest.mark.parametrize("source", MALFORMED)
def test_every_paragraph_is_shown(browser_page: Page, source: str) -> None:
    browser_page.set_content(source, wait_until="commit")
    shown = re.sub(r"\s+", " ", browser_page.inner_text("body"))
    places = [shown.find(text) for text in TEXTS]
    assert -1 not in places
    assert places == sorted(places)
