__at_import__ = None

import os

from _trace import ran

seen = ran(307) or os.environ.get("AT_IMPORT_CASE")
