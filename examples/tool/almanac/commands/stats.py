"""Mean, median and spread of a column."""

__at_import__ = None

import argparse
import csv
import statistics

from almanac.output import show

HELP = "mean, median and spread of a column of a CSV file"
MEASURES = {
    "mean": statistics.fmean,
    "median": statistics.median,
    "deviation": statistics.stdev,
}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file")
    parser.add_argument("column")


def run(options: argparse.Namespace) -> None:
    with open(options.file, newline="") as file:
        numbers = [float(row[options.column]) for row in csv.DictReader(file)]
    show(["measure", options.column], [[name, f"{measure(numbers):.2f}"] for name, measure in MEASURES.items()])
