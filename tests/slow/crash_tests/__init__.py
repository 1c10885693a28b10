"""Crawls of the replica that are killed or interrupted, and what the dataset holds after the next run.

``python -m tests.slow.crash_tests --kills 200`` is the long form; ``tests/slow/test_crash_tests.py`` runs a short one.
"""
