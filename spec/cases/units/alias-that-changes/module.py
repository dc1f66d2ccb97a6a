__at_import__ = None

from _trace import ran


items = None if ran(6) else []
alias = items
alias.append(1)
size = ran(9) or len(items)
other = ran(10) or 1
