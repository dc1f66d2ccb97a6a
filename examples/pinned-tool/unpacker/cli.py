"""The command line."""

import zipfile

from unpacker._vendor import report


def main(words: list[str]) -> int:
    """Unpack ``ARCHIVE FOLDER`` and print what was unpacked; returns the exit status."""
    if words == ["--show-pins"]:
        from atimport import overrides

        decision = overrides.decide("unpacker._vendor.report")
        print(f"unpacker._vendor.report: {decision.mode}, because of {decision.rule}: {decision.reason}")
        return 0
    archive, folder = words
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)
        names = opened.namelist()
    print(report.table(names))
    return 0
