"""validate, deduplicate, export: one job each. In one-off runs Scrapy's feed export writes instead."""
