"""Our signals: outwards only, for those who watch a run. No part of the crawl depends on them."""

from __future__ import annotations

#: An article that was scheduled has its one outcome. Arguments: ``ref`` (the ArticleRef), ``outcome``, ``reason``,
#: ``response`` (None where there was none).
outcome_decided = object()
