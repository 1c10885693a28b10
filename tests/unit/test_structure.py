"""Rules that neither ruff nor import-linter can check: shared values, settings, spiders, generated files."""

from __future__ import annotations

import ast
import asyncio
import importlib
import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoader
from scrapy.utils.conf import build_component_list

from newscrawler import settings as our_settings
from newscrawler.base_spiders.arguments import Arguments
from newscrawler.commands.schema import FIELDS_FILE, SCHEMA_FILE
from newscrawler.schema import fields_page, schema_text
from tests.warc_files import one_page_warc

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "newscrawler"
#: Parts of packages that reading a page must not need.
NOT_FOR_PAGES = ("scrapy.crawler", "scrapy.settings", "scrapy.signals", "urllib.request")
#: Read from the environment, not from the settings: it must work before there are any.
NOT_A_SETTING = {"NEWSCRAWLER_HOSTS", "NEWSCRAWLER_KILL_AT", "NEWSCRAWLER_TEST_CLOCK"}


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def modules(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports_of(path: Path) -> Iterator[str]:
    """Full names of what a module imports, wherever in it; `from a import b` is `a.b`."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


READING = [path for path in modules("newscrawler/pages") if path.stem != "explanation"] + [PACKAGE / "loaders.py"]


def test_reading_a_page_asks_for_nothing_else() -> None:
    """What import-linter (pyproject.toml) cannot say: calls, and parts of packages that may be imported otherwise."""
    found = []
    for path in READING:
        names = {f"{name}." for name in imports_of(path)}
        found += [(name_of(path), name) for name in names if name.startswith(tuple(f"{no}." for no in NOT_FOR_PAGES))]
        calls = [node.func for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call)]
        called = {call.id for call in calls if isinstance(call, ast.Name)} & {"open", "print", "input"}
        called |= {call.attr for call in calls if isinstance(call, ast.Attribute)} & {"now", "utcnow", "today"}
        found += [(name_of(path), name) for name in called]
    assert not found


def test_classes_share_no_mutable_values() -> None:
    shared = []
    for path in modules("newscrawler", "tests/replica"):
        for cls in (node for node in ast.walk(tree_of(path)) if isinstance(node, ast.ClassDef)):
            for node in cls.body:
                if isinstance(node, ast.Assign | ast.AnnAssign) and is_mutable(node.value) and not is_scrapy_s(node):
                    shared.append(f"{name_of(path)}: {cls.name}, line {node.lineno}")
    assert not shared


def is_mutable(value: ast.expr | None) -> bool:
    if isinstance(value, ast.Call):
        return isinstance(value.func, ast.Name) and value.func.id in (
            "list",
            "dict",
            "set",
            "defaultdict",
            "Counter",
            "deque",
        )
    return isinstance(value, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp)


def is_scrapy_s(node: ast.Assign | ast.AnnAssign) -> bool:
    """Scrapy wants a command's settings on the class."""
    target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
    return isinstance(target, ast.Name) and target.id in ("default_settings", "custom_settings")


def test_only_stats_knows_the_names_of_counters() -> None:
    naming = {
        path.stem
        for path in modules("newscrawler")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if re.match(r"newscrawler/[a-z_]+(/|$)", node.value)
    }
    assert naming == {"stats"}


def test_every_setting_of_ours_is_defined_and_used() -> None:
    used = {
        node.value
        for path in modules("newscrawler")
        if path.name != "settings.py"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if re.fullmatch(r"NEWSCRAWLER_[A-Z_]+", node.value)
    }
    assert used - NOT_A_SETTING == {name for name in vars(our_settings) if name.startswith("NEWSCRAWLER_")}


def test_what_the_settings_name_exists() -> None:
    text = (PACKAGE / "settings.py").read_text("utf-8")
    for name in re.findall(r'"(newscrawler(?:\.\w+)+)"', text):
        module, _, attribute = name.rpartition(".")
        try:
            importlib.import_module(name)
        except ModuleNotFoundError:
            assert hasattr(importlib.import_module(module), attribute), name


def project_settings() -> Settings:
    settings = Settings()
    settings.setmodule(our_settings)
    return settings


def test_nothing_in_a_crawl_executes_what_a_port_is_sent() -> None:
    """docs/extend/scrapy.md#ports"""
    enabled = build_component_list(project_settings().getwithbase("EXTENSIONS"))
    assert "newscrawler.run.RunExtension" in enabled
    assert not {"scrapy.extensions.telnet.TelnetConsole", "scrapy.extensions.remote_control.RemoteControl"} & {*enabled}


def spider_names() -> list[str]:
    shared = ["__init__"]
    return [path.stem for path in modules("newscrawler/spiders") if path.stem not in shared]


def test_every_spider_module_has_its_spider() -> None:
    assert sorted(SpiderLoader.from_settings(project_settings()).list()) == spider_names()


@pytest.mark.parametrize("name", spider_names())
def test_a_spider(name: str, tmp_path: Path) -> None:
    settings = project_settings()
    cls = SpiderLoader.from_settings(settings).load(name)
    assert cls.__module__ == f"newscrawler.spiders.{name}"
    assert cls.__name__ == "".join(part.capitalize() for part in name.split("_"))
    assert cls.__doc__
    assert "docs/use/arguments.md" in cls.__doc__
    given = {"warc": str(one_page_warc(tmp_path))} if name == "rt_archive" else {}
    spider = cls.from_crawler(Crawler(cls, settings), **given)
    if name == "rt_archive":
        return  # it reads files, and makes no request

    async def requests() -> list[Request]:
        return [request async for request in spider.start()]

    started = asyncio.run(requests())
    assert started
    assert all(isinstance(request, Request) and request.errback for request in started)
    assert len({request.url for request in started}) == len(started)


def test_arguments_are_documented() -> None:
    text = (ROOT / "docs" / "use" / "arguments.md").read_text("utf-8")
    assert not [field.name for field in fields(Arguments) if f"`{field.name}`" not in text]


def test_generated_files_are_current() -> None:
    assert SCHEMA_FILE.read_text("utf-8") == schema_text(), "run: make schema"
    assert FIELDS_FILE.read_text("utf-8") == fields_page(), "run: make schema"


def test_no_sentence_of_a_real_page_is_in_the_project(corpus: Path) -> None:
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert "README.md" in names
    starts = set()
    for path in sorted((corpus / "expected").glob("*.json")):
        label = json.loads(path.read_text("utf-8"))
        prose = [label["headline"], label["lead"] or "", *label["paragraphs"]]
        starts |= {text[:60] for text in prose if len(text) >= 60}
    assert len(starts) > 50
    found = []
    for name in names:
        path = ROOT / name
        if path.is_file() and path.suffix not in (".gz", ".png"):
            text = " ".join(path.read_text("utf-8", "replace").split())
            found += [f"{name}: {start}" for start in starts if start in text]
    assert not found
