"""Run the coverage-guided fuzzer over targets, each in a process of its own.

    python -m tests.fuzz --inputs 40000 --corpus ../shared/corpus

Findings are written to build/fuzz/<target>/crash-<hash>, one for each place in the code, and named on standard
output with what was raised; the run goes on after each. Exit code 1 if there was any. A finding, once understood and
mended, moves to tests/crashers/<target>/, where each test run reads it again. Needs atheris (requirements-fuzz.txt).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from tests.fuzz.seeds import NAMES, WORDS, seeds

if TYPE_CHECKING:
    from tests.fuzz.targets import Target

#: Seconds that one input may take, instrumented as the code is.
SLOW = 10.0


class Findings:
    """Writes each finding down once a place in the code."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._places: set[str] = set()
        self.inputs = 0
        self.slowest = 0.0

    def run(self, target: Target, data: bytes) -> None:
        """Give one input to the target."""
        self.inputs += 1
        started = time.perf_counter()
        try:
            target(data)
        except Exception as error:
            frames = traceback.extract_tb(error.__traceback__)
            place = " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(frames[1:]))
            self._note(place, f"{type(error).__name__}: {str(error)[:300]} at {place}", data)
        took = time.perf_counter() - started
        self.slowest = max(self.slowest, took)
        if took > SLOW:
            self._note("slow", f"took {took:.1f} s for {len(data)} bytes", data)

    def _note(self, place: str, what: str, data: bytes) -> None:
        if place in self._places:
            return
        self._places.add(place)
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"crash-{hashlib.sha256(data).hexdigest()[:16]}"
        path.write_bytes(data)
        print(f"finding {path}: {what}", flush=True)


def fuzz_one(name: str, inputs: int, corpus: Path | None, output: Path) -> None:
    """Fuzz one target in this process, and end it: libFuzzer never returns."""
    import atheris  # noqa: PLC0415 - only `python -m tests.fuzz` needs it installed

    # Our code and what of others' reads strangers' bytes in Python; lxml is C, and the rest would take minutes.
    with atheris.instrument_imports(include=["newscrawler", "protego", "w3lib"]):
        from tests.fuzz.targets import TARGETS  # noqa: PLC0415 - has to be imported here to be instrumented
    target = TARGETS[name]
    findings = Findings(output / name)

    def run(data: bytes) -> None:
        findings.run(target, data)
        # libFuzzer ends the process after the last one, without a word to Python.
        if findings.inputs == inputs:
            print(f"{name}: {findings.inputs} inputs, slowest {findings.slowest:.2f} s", flush=True)

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "seeds").mkdir()
        for index, seed in enumerate(seeds(name, corpus)):
            (folder / "seeds" / str(index)).write_bytes(seed)
        words = folder / "words"
        words.write_text("".join(f"{json.dumps(word)}\n" for word in WORDS), "utf-8")
        atheris.Setup(
            [
                name,
                f"-runs={inputs}",
                f"-dict={words}",
                "-max_len=40000",
                "-rss_limit_mb=4096",
                "-timeout=60",
                "-verbosity=0",
                "-print_final_stats=0",
                f"-artifact_prefix={output}/{name}-",
                str(folder / "seeds"),
            ],
            run,
        )
        output.mkdir(parents=True, exist_ok=True)
        atheris.Fuzz()


def main() -> int:
    """Run each target in a child; 1 if there was any finding."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Fuzz what reads strangers' bytes.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"any of {', '.join(NAMES)}; all by default")
    parser.add_argument("--inputs", type=int, default=40_000, help="inputs a target (default 40000)")
    parser.add_argument("--corpus", type=Path, help="folder of real pages to start from, too")
    parser.add_argument("--output", type=Path, default=Path("build/fuzz"), help="folder of findings")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    names = options.targets or list(NAMES)
    if unknown := [name for name in names if name not in NAMES]:
        parser.error(f"no such target: {', '.join(unknown)}")
    if options.here:
        fuzz_one(names[0], options.inputs, options.corpus, options.output)
        return 0
    found = False
    for name in names:
        command = [sys.executable, "-m", "tests.fuzz", name, "--here", f"--inputs={options.inputs}"]
        command += [f"--output={options.output}", *([f"--corpus={options.corpus}"] if options.corpus else [])]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        print(done.stdout, end="", flush=True)
        found = found or done.returncode != 0 or "finding " in done.stdout
    return int(found)


if __name__ == "__main__":
    sys.exit(main())
