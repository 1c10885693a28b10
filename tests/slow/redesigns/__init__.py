"""Redesigns rehearsed: twelve template changes, and the run at which each is told."""
