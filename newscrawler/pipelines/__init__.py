"""validate, then deduplicate: one job each. Export is Scrapy's feed export."""
