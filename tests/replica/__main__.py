"""`python -m tests.replica`: serve the replica until told to stop."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from tests.replica.answers import Answers
from tests.replica.editions import EDITIONS, EditionAnswers, EditionSite
from tests.replica.faults import parse_faults
from tests.replica.refusals import REFUSALS
from tests.replica.scripted import parse_ways
from tests.replica.server import Server
from tests.replica.site import LISTING_FORMS, ROBOTS, Site


class _Parser(argparse.ArgumentParser):
    """A parser that complains in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"replica: {message}\n")


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ValueError(text)
    return value


def _port(text: str) -> int:
    value = int(text)
    if not 0 <= value <= 65535:
        raise ValueError(text)
    return value


# argparse names the function in its message.
_positive.__name__ = "positive number"
_port.__name__ = "port"


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m tests.replica", description="Serve a replica of the structure of RT's site on 127.0.0.1."
    )
    parser.add_argument("--port", type=_port, default=0, help="port to bind; 0 (default) chooses a free one")
    parser.add_argument("--edition", choices=("en", *EDITIONS), default="en", help="which edition (default en)")
    parser.add_argument("--articles", type=_positive, default=400, help="good articles (default 400)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the invented text (default 1)")
    parser.add_argument("--faults", default="all", help="all (default), none, or names with commas")
    parser.add_argument("--robots", choices=ROBOTS, default="rt", help="which robots file to serve (default rt)")
    parser.add_argument("--listing-form", help="period of the listing's cards (default: newest)")
    parser.add_argument("--scripted", default="none", help="ways in which pages need a browser, with commas")
    parser.add_argument("--validators", action="store_true", help="send ETag and Last-Modified and answer 304")
    parser.add_argument("--refusal", choices=REFUSALS, default="", help="say no to every request but robots.txt")
    parser.add_argument("--refuse-after", type=int, default=0, help="requests that are answered before that")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds to wait before each answer")
    parser.add_argument("--truth", type=Path, help="write the addresses with their kinds and truths as JSON Lines")
    return parser


def _site(args: argparse.Namespace) -> tuple[Site, Answers]:
    """The site that was asked for; ValueError says what it cannot be."""
    ways = parse_ways(args.scripted)
    forms = EDITIONS[args.edition].listings if args.edition in EDITIONS else LISTING_FORMS
    form = args.listing_form or next(iter(forms))
    if form not in forms:
        raise ValueError(f"--listing-form {form}: the {args.edition} edition has {', '.join(forms)}")
    options = {
        "robots": args.robots,
        "listing_form": form,
        "refusal": args.refusal,
        "refuse_after": args.refuse_after,
        "scripted": ways,
    }
    if args.edition in EDITIONS:
        if ways:
            raise ValueError("--scripted is of the English edition")
        edition = EditionSite.of(EDITIONS[args.edition], args.articles, args.seed, args.faults, **options)
        return edition, EditionAnswers(edition)
    site = Site.build(args.articles, args.seed, parse_faults(args.faults), **options)
    return site, Answers(site)


def write_truth(site: Site, path: Path) -> None:
    """One line an address: path, url, kind, layout, sections, and the truth where a story can be read."""
    with path.open("w", encoding="utf-8") as lines:
        for address in site.addresses.values():
            story = site.story_of(address.head) if address.head else None
            line = {
                "path": address.path,
                "url": address.url,
                "kind": address.kind,
                "layout": story.layout if story else None,
                "listed_in": list(address.sections),
                "truth": story.truth() if story and address.readable else None,
            }
            lines.write(json.dumps(line, ensure_ascii=False) + "\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; the exit code is 0 then, 2 for bad arguments, 1 when the port is taken."""
    parser = _parser()
    args = parser.parse_args(argv)
    try:
        site, answers = _site(args)
    except ValueError as error:
        parser.error(str(error))
    if args.truth:
        try:
            write_truth(site, args.truth)
        except OSError as error:
            parser.error(f"cannot write {args.truth}: {error.strerror}")
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    server = Server(site, latency=args.latency, validators=args.validators, answers=answers)
    try:
        server.start(args.port)
    except OSError as error:
        print(f"replica: cannot bind port {args.port}: {error.strerror}", file=sys.stderr)
        return 1
    print(f"replica: {server.url}", flush=True)
    stop.wait()
    server.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
