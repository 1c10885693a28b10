"""What a year of unattended crawls brings, injected for real: what the run says, who hears of it, what the next does.

``python -m tests.slow.fault_injection`` injects all; ``tests/slow/test_fault_injection.py`` a few. The table is in
docs/operate/faults.md.
"""
