__at_import__ = None
import abc
import kinds
from _trace import ran

class Kind(metaclass=kinds.Registering):
    line = ran(7)


class Kept(metaclass=abc.ABCMeta):
    line = ran(11)


number = ran(14) or len(kinds.KINDS)
