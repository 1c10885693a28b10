"""The crawl run."""
