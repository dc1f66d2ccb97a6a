__at_import__ = None

import sys

from _trace import ran
import imports_one

expected = {"imports_one", "is_imported", "imported_meanwhile", "imported_by_that"}


def look():
    import imported_meanwhile

    return ran(14) or {name for name in sys.modules if name in expected}


present = look()
other = ran(18) or 1
