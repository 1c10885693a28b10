"""What differs from Scrapy's defaults, each with its reason; what is ours stands at the end."""

from __future__ import annotations

BOT_NAME = "newscrawler"
SPIDER_MODULES = ["newscrawler.spiders"]
NEWSPIDER_MODULE = "newscrawler.spiders"
# `crawl` with exit codes, and the commands over saved pages and the dataset.
COMMANDS_MODULE = "newscrawler.commands"

# --- polite ---
# The contact is put in by the crawl command, from NEWSCRAWLER_CONTACT.
USER_AGENT = "newscrawler/1.0"
ROBOTSTXT_OBEY = True
ROBOTSTXT_USER_AGENT = "newscrawler"
DOWNLOAD_DELAY = 1.0
CONCURRENT_REQUESTS_PER_DOMAIN = 2
AUTOTHROTTLE_ENABLED = True
AUTOTHROTTLE_START_DELAY = 1.0
AUTOTHROTTLE_MAX_DELAY = 30.0
COOKIES_ENABLED = False

# --- closed ---
DOWNLOAD_VERIFY_CERTIFICATES = True

# --- bounded ---
# Scrapy waits 180 s, three times: a stalled server would hang a run for minutes.
DOWNLOAD_TIMEOUT = 30
# The largest real page is 240 KB; one of 5 MB that is made to be slow costs 2 s and 200 MB, one of 20 MB a GB. Feeds
# and sitemaps, of which a sitemap may have 50 MB, are asked for with bounds of their own.
DOWNLOAD_MAXSIZE = 5_000_000
DOWNLOAD_WARNSIZE = 1_000_000
REDIRECT_MAX_TIMES = 5
# Scrapy's own lets a response's headers go on without end.
DOWNLOAD_HANDLERS: dict[str, str] = {
    scheme: "newscrawler.downloadhandlers.BoundedHeadHandler" for scheme in ("http", "https")
}
# Scrapy starts this many tasks a response (100); a page is one record, and no pipeline waits (docs/extend/speed.md).
CONCURRENT_ITEMS = 1
# The spiders decide the outcome of each response.
HTTPERROR_ALLOW_ALL = True
# No article of the site is behind a page that refreshes itself; a guard's page is, and must be detected as a block.
# To look for the tag, Scrapy would decode each page once more.
METAREFRESH_ENABLED = False
# Scrapy parses a callback's source for each response, as what it remembers of a bound method goes with the request: a
# tenth of a page's CPU time. mypy refuses such a return in ours.
WARN_ON_GENERATOR_RETURN_VALUE = False

# --- output ---
FEED_EXPORT_ENCODING = "utf-8"
# The file must appear even when there is nothing in it, or the last run's would be taken for this one's.
FEED_STORE_EMPTY = True
FEED_STORAGES: dict[str, str] = {
    **dict.fromkeys(("", "file"), "newscrawler.feedexport.AtomicFileFeedStorage"),
    **dict.fromkeys(("s3", "gs", "ftp"), "newscrawler.feedexport.RemoteFeedStorage"),
    "stdout": "newscrawler.feedexport.CheckedStdoutFeedStorage",
}
# Scrapy's asks about each field of each record (docs/extend/speed.md), and writes Python's own form of lists.
FEED_EXPORTERS: dict[str, str | None] = {
    **dict.fromkeys(("jsonlines", "jsonl", "jl"), "newscrawler.feedexport.RecordLinesExporter"),
    "json": "newscrawler.feedexport.RecordJsonExporter",
    "csv": "newscrawler.feedexport.RecordCsvExporter",
    "xml": "newscrawler.feedexport.RecordXmlExporter",
    # It can't write a record.
    "marshal": None,
}
LOG_LEVEL = "INFO"
LOG_FORMATTER = "newscrawler.logformatter.OneLineLogFormatter"

# --- our parts ---
ITEM_PIPELINES: dict[str, int] = {
    "newscrawler.pipelines.ValidatePipeline": 100,
    "newscrawler.pipelines.DecidePipeline": 200,
    "newscrawler.pipelines.ExportPipeline": 300,
}
SPIDER_MIDDLEWARES: dict[str, int | None] = {
    # Outermost, so that the others see where a request really goes.
    "newscrawler.middlewares.mirrors.MirrorsSpiderMiddleware": 10,
    # Next to the spider: what it drops does not reach the other middlewares.
    "newscrawler.middlewares.planning.PlanningMiddleware": 950,
    # Every record and request goes through each of these. A Referer says nothing to a site that is asked for its
    # pages one by one, depth is not limited, a URL is never dropped without an outcome for its length, and no
    # request copies the meta of a response.
    "scrapy.spidermiddlewares.referer.RefererMiddleware": None,
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
    "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware": None,
}
DOWNLOADER_MIDDLEWARES: dict[str, int | None] = {
    # Before robots (100): no robots file of a foreign host is asked for.
    "newscrawler.middlewares.mirrors.MirrorsDownloaderMiddleware": 50,
    # In place of Scrapy's own, which lets requests through while the robots file is on its way.
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "newscrawler.middlewares.robots.OneFetchRobotsTxtMiddleware": 100,
    # In place of Scrapy's own, which asks for the RefererMiddleware.
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
    "newscrawler.middlewares.backoff.NoReferrerRedirectMiddleware": 600,
    # Inside retry (550): they decide whether a retry makes sense.
    "newscrawler.middlewares.backoff.BackoffMiddleware": 560,
    "newscrawler.middlewares.backoff.HostDownMiddleware": 565,
    # Our hosts middleware refuses foreign hosts, redirects included.
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    # Nearest the downloader: bytes and headers as they were received, before decompression.
    "newscrawler.middlewares.warc.WarcMiddleware": 950,
    # The site needs no login.
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
}
# Scrapy's own without telnet console and remote control, which listen on a port and execute Python
# (docs/extend/scrapy.md#ports), and without its feed exporter, which goes on when an output can't be written. One that
# is None in EXTENSIONS is imported all the same, remote control with a web server.
EXTENSIONS_BASE: dict[str, int] = {
    f"scrapy.extensions.{name}": 0
    for name in (
        "corestats.CoreStats",
        "logcount.LogCount",
        "memusage.MemoryUsage",
        "memdebug.MemoryDebugger",
        "closespider.CloseSpider",
        "logstats.LogStats",
        "spiderstate.SpiderState",
        "throttle.AutoThrottle",
    )
}
EXTENSIONS: dict[str, int | None] = {
    "newscrawler.feedexport.OutputFeeds": 0,
    "newscrawler.extensions.stop_signal.StopSignal": 0,
    "newscrawler.run.RunExtension": 10,
    # After the run, whose ledger holds the cooldown.
    "newscrawler.middlewares.backoff.BlockBackoff": 15,
    "newscrawler.extensions.failed_pages.FailedPages": 20,
    "newscrawler.extensions.progress.Progress": 40,
    # After all others have closed what they opened.
    "newscrawler.extensions.verdict.RunVerdict": 100,
}

# --- ours; docs/operate/settings.md ---
#: Where each host of the site is fetched from: {"www.rt.com": "http://127.0.0.1:8000"}.
NEWSCRAWLER_MIRRORS: dict[str, str] = {}
#: URL where the site's operators can reach the operator of this crawler; part of the user agent.
NEWSCRAWLER_CONTACT = "https://example.org/newscrawler-contact"
#: "auto": a one-off run with -o or -O, else an incremental one; "incremental": with -o or -O too, beside the dataset;
#: "one-off".
NEWSCRAWLER_MODE = "auto"
#: Folder of the ledger and the dataset.
NEWSCRAWLER_DATA_DIR = "data"
#: What survives a power cut: "run" (finished runs) or "line" (every line, at the cost of two syncs each).
NEWSCRAWLER_DURABILITY = "run"
#: Re-visit table, where it differs from newscrawler/ledger/revisit_policy.py.
NEWSCRAWLER_REVISITS: dict[str, object] = {}
#: Retries and re-visits of one run that no listing named, at most: a backlog must not hold up the news.
NEWSCRAWLER_MAX_REVISITS_PER_RUN = 1000
#: Whether each response is kept in WARC files: True (in DATA_DIR/warc) or a folder.
NEWSCRAWLER_WARC: bool | str = False
#: Days between publications within which two articles are compared for near-duplicates; 0: not at all.
NEWSCRAWLER_NEAR_DUPLICATE_DAYS = 30
#: Seconds for which the next runs stay away after one that was blocked; doubled with each further one.
NEWSCRAWLER_BLOCK_COOLDOWN = 900.0
#: The longest cooldown, also where a Retry-After asks for more.
NEWSCRAWLER_BLOCK_COOLDOWN_MAX = 86_400.0
#: Whether a run asks the site in spite of a cooldown: for a person who has looked. A setting, not an argument:
#: runs with other arguments are another command, with a baseline of its own.
NEWSCRAWLER_IGNORE_COOLDOWN = False
#: Thresholds of the verdict, where they differ from Thresholds in newscrawler/monitoring/verdict.py.
NEWSCRAWLER_VERDICT: dict[str, object] = {}
#: Text file for node_exporter's textfile collector, written at the end of each run; none by default.
NEWSCRAWLER_METRICS_FILE: str | None = None
# Alarms: docs/operate/alarms.md. The first two may be given in environment variables of the same names.
#: Program and arguments that get a bad verdict as JSON on standard input.
NEWSCRAWLER_ALARM_COMMAND: list[str] = []
#: Apprise URLs, separated by spaces. They hold secrets: use the environment variable.
NEWSCRAWLER_ALARM_URLS = ""
#: Hours after which a verdict that is still bad is sent again; 0: never.
NEWSCRAWLER_ALARM_REMINDER_HOURS = 24.0
