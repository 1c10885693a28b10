"""`scrapy schema`: the record's JSON Schema, and the files that are generated from the item class."""

from __future__ import annotations

import argparse
from pathlib import Path

from scrapy.commands import ScrapyCommand

import newscrawler
from newscrawler.commands._options import ProjectCommand, one_line_errors, refuse
from newscrawler.schema import fields_page, schema_text

PACKAGE = Path(newscrawler.__file__).parent
SCHEMA_FILE = PACKAGE / "article.schema.json"
FIELDS_FILE = PACKAGE.parent / "docs" / "use" / "fields.md"


class Command(ProjectCommand, ScrapyCommand):
    """Prints the schema, or writes the generated files."""

    SHORT = "Print the JSON Schema of a record"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--write", action="store_true", help="write the generated files (developers)")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if args:
            refuse(f"{args[0]}: schema takes no arguments")
        if not opts.write:
            with one_line_errors():
                print(schema_text(), end="")
            return
        if not FIELDS_FILE.exists():
            refuse("--write is for the project's own folder: there is no docs/use/fields.md beside the package")
        for path, text in ((SCHEMA_FILE, schema_text()), (FIELDS_FILE, fields_page())):
            path.write_text(text, encoding="utf-8")
            print(path)
