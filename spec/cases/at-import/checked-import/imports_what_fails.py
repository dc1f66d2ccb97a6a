__at_import__ = None

import fails_when_run

made = fails_when_run.made
