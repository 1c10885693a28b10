"""Everything that a crawl imports before its first request, for the process that warm crawls are forked from."""

from __future__ import annotations

import newscrawler.commands.crawl
import newscrawler.commands.extract
import newscrawler.middlewares.planning
import newscrawler.pipelines
import newscrawler.run
import newscrawler.run.incremental
import newscrawler.spiders.rt_world  # noqa: F401 - all of them are for the children
