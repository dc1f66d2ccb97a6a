"""SQL over a CSV file."""

__at_import__ = None

import argparse
import csv
import sqlite3

from almanac.output import show

HELP = "an SQL query over a CSV file, which is the table `data`"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file")
    parser.add_argument("sql")


def run(options: argparse.Namespace) -> None:
    with open(options.file, newline="") as file:
        columns, *rows = csv.reader(file)
    database = sqlite3.connect(":memory:")
    database.execute(f"create table data ({', '.join(f'{column} numeric' for column in columns)})")
    database.executemany(f"insert into data values ({', '.join('?' * len(columns))})", rows)
    found = database.execute(options.sql)
    show([column[0] for column in found.description], [[str(value) for value in row] for row in found])
    database.close()
