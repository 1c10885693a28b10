"""Commands of the `scrapy` tool. Any ScrapyCommand subclass in these modules becomes one: no shared bases here."""
