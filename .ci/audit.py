"""Known vulnerabilities of the installed packages, by pip-audit.

Exit code 1 for any. Where the index tells nothing about vulnerabilities (a mirror, no network) one line says that
nothing was audited, and the exit code is 0.
"""

from __future__ import annotations

import json
import subprocess
import sys


def main() -> int:
    """Audit this interpreter's environment."""
    command = [sys.executable, "-m", "pip_audit", "--local", "--format=json", "--progress-spinner=off", "--timeout=10"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - constants
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        said = done.stderr.strip().splitlines() or ["no answer"]
        print(f"audit: skipped, the index can't be asked: {said[-1]}")
        return 0
    audited = [package for package in packages if "vulns" in package]
    if not audited:
        print(f"audit: skipped, the index has no vulnerability data for any of {len(packages)} packages")
        return 0
    found = [(package["name"], package["version"], vuln["id"]) for package in audited for vuln in package["vulns"]]
    for name, version, vulnerability in found:
        print(f"audit: {name} {version}: {vulnerability}")
    print(f"audit: {len(audited)} of {len(packages)} packages audited, {len(found)} vulnerabilities")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
