"""Reads files for another process, so that a file which kills its reader kills nobody else.

    python -m newscrawler.archive.reader_process

Tasks come on standard input, reports go to standard output, one a line. It ends with whoever started it.
"""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading

from newscrawler.archive.rows import FileReport, Task, extract_file


class Reader:
    """The process that reads, started with the first file and again when one has killed it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def extract(self, task: Task) -> FileReport:
        """As ``extract_file``; a file that kills its reader is in the report."""
        process = self._process
        if process is None or process.poll() is not None:
            process = self._process = _started()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(task.as_json() + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if line:
            return FileReport.of_json(line)
        code = process.wait()
        self._process = None
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return FileReport(task.source.file, failed=f"{task.source.file}: reading it ended its process: {how}")

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


_of_thread = threading.local()


def extract_apart(task: Task) -> FileReport:
    """What an engine maps over the files: ``extract_file`` in a process of its own, one for each of the engine's
    threads.
    """
    reader = getattr(_of_thread, "reader", None)
    if reader is None:
        reader = _of_thread.reader = Reader()
    report: FileReport = reader.extract(task)
    return report


def _started() -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    return subprocess.Popen(
        [sys.executable, "-m", "newscrawler.archive.reader_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )


def _receive(tasks: queue.SimpleQueue[str]) -> None:
    for line in sys.stdin:
        tasks.put(line)
    os._exit(0)  # whoever asked is no more


def main() -> None:
    """Read what is asked for until standard input ends."""
    # Whoever started it decides what an interrupt means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with os.fdopen(os.dup(1), "w") as reports:
        os.dup2(2, 1)  # what a library prints is no report
        tasks: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=_receive, args=(tasks,), daemon=True).start()
        while True:
            report = extract_file(Task.of_json(tasks.get()))
            reports.write(report.as_json() + "\n")
            reports.flush()


if __name__ == "__main__":
    main()
