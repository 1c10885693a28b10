"""For those who add a layout: fixtures and anonymised pages."""
