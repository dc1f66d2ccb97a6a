from __future__ import annotations

__at_import__ = None

from _trace import ran

Type = ran(7) or int
first: Type = ran(8) or 1
second: Type = ran(9) or 2
