"""Stored pages: reading WARC files and writing them."""
