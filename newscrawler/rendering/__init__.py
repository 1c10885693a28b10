"""Pages as a browser shows them, for runs with ``-a render=…``. Without it nothing here needs Playwright."""
