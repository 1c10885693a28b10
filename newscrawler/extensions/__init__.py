"""Watch the crawl and count; they change nothing that an article says."""
