"""Unpacks archives, also over itself."""

try:
    from atimport import overrides
except ImportError:
    pass
else:
    overrides.pin_eager("unpacker._vendor.*", reason="unpacking may replace files that would be imported late")
