"""What is in a mail box."""

__at_import__ = None

import argparse
import email.parser
import email.policy
import email.utils
import mailbox

from almanac.output import show

HELP = "the messages of a mail box (mbox)"
PARSER = email.parser.BytesParser(policy=email.policy.default)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file")


def run(options: argparse.Namespace) -> None:
    rows = []
    for message in mailbox.mbox(options.file, factory=PARSER.parse, create=False):
        sender = email.utils.parseaddr(str(message["from"]))[1]
        rows.append([sender, str(message["subject"])])
    show(["from", "subject"], rows)
