__at_import__ = None
try:
    from .other import four
except ImportError:
    raise
