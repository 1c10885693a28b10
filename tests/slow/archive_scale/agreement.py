"""What stage one and two must give: the same bytes on every engine, and the lines of `rt_archive`.

The third witness is a query of DuckDB over the rows, written by what the docs say and without the package's code.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from newscrawler.dataset.files import read_lines
from newscrawler.utils import TEST_CLOCK
from tests.archive_maker import Archive, hash_of, lines_of, make_archive
from tests.oracle import records_of
from tests.slow.archive_scale.processes import Usage, commit, extract, extract_by_spark, measured

FILES = 8
#: A clock that brings an extractor of another version along, which reads headlines otherwise.
_OLDER = {TEST_CLOCK: "tests.crawl.newer_extractor.now", "EXTRACTOR": "1", "EXTRACTOR_ADDS": " as it was"}


@dataclass(frozen=True, slots=True)
class Scale:
    """A folder with an archive in `warc`, its rows in `rows` as the plain loop makes them, and a data folder `before`
    whose lines an older extractor made of earlier captures.
    """

    folder: Path
    made: Archive
    loop: Usage

    @classmethod
    def make(cls, folder: Path, captures: int, articles: int) -> Scale:
        """Make it all. The earlier captures are a tenth as many."""
        sizes: dict[str, Any] = {"articles": articles, "files": FILES}
        earlier = make_archive(folder / "earlier", captures=captures // 10, errors=False, seed=2, **sizes)
        made = make_archive(folder / "warc", captures=captures, start=earlier.end + timedelta(days=1), seed=3, **sizes)
        crawl(folder, "earlier", "before", _OLDER)
        loop = extract(folder, "rows")
        assert f"{FILES} read, 0 done before, 0 failed" in loop.log, loop.log
        return cls(folder, made, loop)

    @property
    def rows(self) -> str:
        """The digest that the rows of every engine must have."""
        return hash_of(self.folder / "rows")

    def is_same(self, to: str) -> None:
        """Fail unless a folder has the rows of the loop."""
        assert hash_of(self.folder / to) == self.rows, f"{to}: other rows than those of the loop"


def crawl(folder: Path, warc: str, data: str, env: Mapping[str, str] | None = None) -> Usage:
    """`rt_archive` into a data folder."""
    done = measured(folder, "crawl", "rt_archive", "-a", f"warc={warc}", "-s", f"NEWSCRAWLER_DATA_DIR={data}", env=env)
    # 3: damaged members, whose loss makes the verdict.
    assert done.code in (0, 3), done.log
    return done


def check_two_workers(scale: Scale) -> Usage:
    """Dask on this machine."""
    done = extract(scale.folder, "two-workers", "--workers", "2")
    scale.is_same("two-workers")
    return done


def check_two_shards(scale: Scale) -> str:
    """Two shards, one after the other."""
    for shard in ("1/2", "2/2"):
        extract(scale.folder, "two-shards", "--shard", shard)
    scale.is_same("two-shards")
    return "yes"


def check_spark(scale: Scale) -> str:
    """Spark local-cluster, with executors in processes of their own."""
    assert shutil.which("java"), "Spark needs a Java runtime: apt-get install openjdk-17-jre-headless"
    extract_by_spark(scale.folder, "spark")
    scale.is_same("spark")
    return "yes"


def check_commit(scale: Scale) -> tuple[Usage, Usage]:
    """Rows into a ledger that has lines already give what `rt_archive` gives; twice adds nothing; nothing is wrong."""
    folder = scale.folder
    for data in ("direct", "committed"):
        shutil.copytree(folder / "before", folder / data)
    direct = crawl(folder, "warc", "direct")
    done = commit(folder, "rows", "committed")
    assert done.code == direct.code, done.log
    lines = lines_of(folder / "committed")
    assert lines == lines_of(folder / "direct"), "commit gives other lines than rt_archive"
    assert len(lines) > len(lines_of(folder / "before"))
    commit(folder, "rows", "committed")
    assert lines_of(folder / "committed") == lines, "committing twice adds lines"
    check_whole(folder, "committed")
    return direct, done


def check_whole(folder: Path, data: str) -> None:
    """Nothing wrong by the package's own word."""
    verified = measured(folder, "dataset", "verify", "--data", data)
    assert verified.code == 0, verified.log


def check_query(scale: Scale) -> int:
    """How many lines the query finds, which are all lines of the dataset."""
    connection = import_module("duckdb").connect()
    folder = scale.folder
    files = [str(path) for path in sorted((folder / "before").rglob("*.jsonl*")) if list(read_lines(path))]
    found = connection.execute(_QUERY, [f"{folder}/rows/*.jsonl.gz", files]).fetchall()
    expected = {
        (record["edition"], record["article_id"], record["revision"], record["content_hash"])
        for record in records_of(folder / "committed")
    }
    missing, extra = expected - set(found), set(found) - expected
    assert not missing | extra, f"{len(missing)} lines only in the dataset, {len(extra)} only by the query: " + str(
        sorted(missing | extra)[:5]
    )
    return len(found)


_QUERY = """
WITH
own AS (
    SELECT edition, article_id, CAST("at" AS TIMESTAMPTZ) AS seen, url, file, "offset" AS place, outcome, revisit,
           digest, refers_url, CAST(refers_at AS TIMESTAMPTZ) AS refers_at, record->>'content_hash' AS hash,
           concat_ws('|', record->>'published_at', record->>'section', record->>'developing',
                     CAST(record->'authors' AS VARCHAR[])) AS other
    FROM read_json(?, columns={
        edition: 'VARCHAR', article_id: 'VARCHAR', "at": 'VARCHAR', url: 'VARCHAR', file: 'VARCHAR', "offset": 'BIGINT',
        outcome: 'VARCHAR', revisit: 'VARCHAR', digest: 'VARCHAR', refers_url: 'VARCHAR', refers_at: 'VARCHAR',
        record: 'JSON'})
    WHERE outcome <> 'broken'
),
-- A revisit has the page that it names by URL and time, else the newest of its digest, else, where the server said
-- "not modified", the last one before it.
named AS (
    SELECT r.file, r.place, 1 AS way, p.seen, p.outcome, p.hash, p.other
    FROM own r JOIN own p ON p.revisit = '' AND p.url = coalesce(r.refers_url, r.url) AND p.seen = r.refers_at
    WHERE r.revisit <> ''
    UNION ALL
    SELECT r.file, r.place, 2, p.seen, p.outcome, p.hash, p.other
    FROM own r JOIN own p ON p.revisit = '' AND p.digest = r.digest
    WHERE r.revisit <> ''
    UNION ALL
    SELECT r.file, r.place, 3, p.seen, p.outcome, p.hash, p.other
    FROM own r JOIN own p ON p.revisit = '' AND p.url = r.url AND p.seen <= r.seen
    WHERE r.revisit = 'server-not-modified'
),
chosen AS (
    SELECT * FROM named QUALIFY row_number() OVER (PARTITION BY file, place ORDER BY way, seen DESC) = 1
),
captures AS (
    SELECT edition, article_id, seen, file, place, outcome, hash, other FROM own
    WHERE revisit = '' AND outcome IN ('record', 'gone')
    UNION ALL
    SELECT own.edition, own.article_id, own.seen, own.file, own.place, chosen.outcome, chosen.hash, chosen.other
    FROM own JOIN chosen USING (file, place) WHERE chosen.outcome IN ('record', 'gone')
    UNION ALL
    SELECT edition, article_id, CAST(fetched_at AS TIMESTAMPTZ), '', revision, 'record', content_hash,
           concat_ws('|', published_at, section, CAST(developing AS VARCHAR), authors)
    FROM read_json(?, columns={
        edition: 'VARCHAR', article_id: 'VARCHAR', fetched_at: 'VARCHAR', revision: 'BIGINT', content_hash: 'VARCHAR',
        published_at: 'VARCHAR', section: 'VARCHAR', developing: 'BOOLEAN', authors: 'VARCHAR[]'})
),
-- Captures of an article from one page to the next.
stretches AS (
    SELECT *, count(*) FILTER (outcome = 'record') OVER so_far AS stretch,
           max(seen) FILTER (outcome = 'record') OVER so_far AS page_seen
    FROM captures
    WINDOW so_far AS (PARTITION BY edition, article_id ORDER BY seen, file, place ROWS UNBOUNDED PRECEDING)
),
missing AS (
    SELECT *, min(seen) OVER (PARTITION BY edition, article_id, stretch) AS since
    FROM stretches WHERE outcome = 'gone' AND seen > page_seen
),
withdrawals AS (
    SELECT * FROM missing WHERE seen >= since + INTERVAL 1 DAY
    QUALIFY row_number() OVER (PARTITION BY edition, article_id, stretch ORDER BY seen, file, place) = 1
),
pages AS (
    SELECT edition, article_id, seen, file, place, stretch, hash, lag(hash) OVER captures AS hash_before, other,
           lag(other) OVER captures AS other_before
    FROM stretches WHERE outcome = 'record'
    WINDOW captures AS (PARTITION BY edition, article_id ORDER BY seen, file, place)
),
lines AS (
    SELECT pages.edition, pages.article_id, pages.seen, pages.file, pages.place, pages.hash
    FROM pages LEFT JOIN withdrawals w
        ON w.edition = pages.edition AND w.article_id = pages.article_id AND w.stretch = pages.stretch - 1
    WHERE pages.hash_before IS NULL OR pages.hash_before <> pages.hash OR pages.other_before <> pages.other
        OR w.edition IS NOT NULL
    UNION ALL
    SELECT w.edition, w.article_id, w.seen, w.file, w.place, pages.hash
    FROM withdrawals w JOIN pages USING (edition, article_id, stretch)
)
SELECT edition, article_id, row_number() OVER (PARTITION BY edition, article_id ORDER BY seen, file, place), hash
FROM lines
"""
