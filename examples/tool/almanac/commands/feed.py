"""What is in a feed."""

__at_import__ = None

import argparse
import email.utils
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from datetime import datetime

from almanac.output import show

HELP = "the entries of an RSS feed"


@dataclass(frozen=True, order=True)
class Entry:
    date: datetime
    title: str


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file")


def run(options: argparse.Namespace) -> None:
    entries = [
        Entry(email.utils.parsedate_to_datetime(item.findtext("pubDate", "")), item.findtext("title", ""))
        for item in ElementTree.parse(options.file).iter("item")
    ]
    show(["date", "title"], [[f"{entry.date:%Y-%m-%d}", entry.title] for entry in sorted(entries)])
