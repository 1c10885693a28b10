"""Runs a command and writes what it used: `python -m benchmarks.launch FILE COMMAND...`.

A process of its own, and a small one: on Linux a child's peak memory begins with what its parent had when it
was started, and the benchmark itself is as large as a crawl.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path


def main() -> int:
    """Run the command; its exit code is ours."""
    target, *command = sys.argv[1:]
    process = subprocess.Popen(command)
    _, status, used = os.wait4(process.pid, 0)
    # Popen must not wait for it again.
    process.returncode = os.waitstatus_to_exitcode(status)
    # macOS counts bytes, the others kilobytes.
    unit = 1 if sys.platform == "darwin" else 1024
    usage = {"cpu": used.ru_utime + used.ru_stime, "peak_bytes": used.ru_maxrss * unit}
    Path(target).write_text(json.dumps(usage), "utf-8")
    return process.returncode


if __name__ == "__main__":
    sys.exit(main())
