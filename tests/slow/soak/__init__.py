"""Months of scheduled crawls in minutes: a scripted replica, a clock that jumps, the real spider, a strict check."""
