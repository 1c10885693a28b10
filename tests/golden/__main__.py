"""`python -m tests.golden`: make golden records of a checkout, compare two folders of them, or two checkouts."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.golden.allowed import ALLOWED
from tests.golden.compare import NotComparable, compare, read_rules
from tests.golden.make import Maker, Options
from tests.golden.tree import Tree


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code is 0 when nothing differs but what is allowed, 1 when something does, 2 for wrong arguments."""
    parser = _parser()
    args = parser.parse_args(argv)
    try:
        return int(args.run(args))
    except (NotComparable, OSError) as error:
        parser.error(str(error))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.golden", description=__doc__)
    commands = parser.add_subparsers(required=True)
    made = argparse.ArgumentParser(add_help=False)
    made.add_argument("--corpus", type=Path, help="folder of real pages; without it, nothing is made of them")
    made.add_argument("--days", type=int, default=7, help="days of scheduled runs (default 7)")
    made.add_argument("--every", type=int, default=3, metavar="HOURS", help="hours from run to run (default 3)")
    compared = argparse.ArgumentParser(add_help=False)
    compared.add_argument("--allow", type=Path, action="append", default=[], metavar="FILE", help="more rules, TOML")

    make = commands.add_parser("make", parents=[made], help="run a checkout's commands and keep what they give")
    make.add_argument("--tree", type=Path, required=True, metavar="CHECKOUT")
    make.add_argument("--to", type=Path, required=True, metavar="DIR", help="an empty or new folder")
    make.add_argument("--replica", type=Path, metavar="CHECKOUT", help="serve this one's replica")
    make.add_argument("--warc", type=Path, metavar="DIR", help="read the WARC files of these golden records")
    make.set_defaults(run=_make)

    both = commands.add_parser("compare", parents=[compared], help="say what differs between two folders")
    both.add_argument("old", type=Path)
    both.add_argument("new", type=Path)
    both.set_defaults(run=lambda args: _compare(args.old, args.new, args.allow))

    trees = commands.add_parser("compare-trees", parents=[made, compared], help="a commit against a checkout")
    trees.add_argument("--base", required=True, metavar="COMMIT")
    trees.add_argument("--tree", type=Path, default=Path(), metavar="CHECKOUT", help="default: this folder")
    trees.add_argument("--keep", type=Path, metavar="DIR", help="keep both in DIR/base and DIR/tree")
    trees.set_defaults(run=_compare_trees)
    return parser


def _make(args: argparse.Namespace) -> int:
    if args.corpus and not (args.corpus / "pages").is_dir():
        raise FileNotFoundError(f"--corpus {args.corpus}: no such corpus")
    tree = Tree(args.tree)
    maker = Maker(
        tree,
        args.to,
        Options(args.corpus, args.days, args.every),
        replica=Tree(args.replica) if args.replica else tree,
        warc_from=args.warc or args.to,
    )
    found = maker.make()
    seconds = {name: value for name, value in found["figures"].items() if name.endswith("_seconds")}
    print(f"{found['commit']}: {', '.join(f'{name} {value}' for name, value in seconds.items())}")
    return 0


def _compare(old: Path, new: Path, files: Sequence[Path]) -> int:
    rules = [*ALLOWED, *(rule for path in files for rule in read_rules(path))]
    result = compare(old, new, rules)
    print(result.report(rules))
    return 0 if result.same else 1


def _compare_trees(args: argparse.Namespace) -> int:
    """Both are made at the same time: on two cores that takes as long as one."""
    git = ["git", "-C", str(args.tree), "worktree"]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="golden-")))
        keep = args.keep or folder
        subprocess.run([*git, "add", "--quiet", "--detach", str(folder / "checkout"), args.base], check=True)
        stack.callback(subprocess.run, [*git, "remove", "--force", str(folder / "checkout")], check=False)
        options = ["--days", str(args.days), "--every", str(args.every)]
        options += ["--corpus", str(args.corpus)] if args.corpus else []
        processes = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.golden", "make", "--tree", str(tree), "--to", str(keep / name), *options],
                stdout=subprocess.DEVNULL,
            )
            for name, tree in (("base", folder / "checkout"), ("tree", args.tree))
        ]
        if any([process.wait() for process in processes]):
            return 2
        return _compare(keep / "base", keep / "tree", args.allow)


if __name__ == "__main__":
    sys.exit(main())
