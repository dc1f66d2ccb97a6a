__at_import__ = None

import there_is_no_such_module

made = there_is_no_such_module.made
