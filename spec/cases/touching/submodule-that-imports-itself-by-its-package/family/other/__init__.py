__at_import__ = None
import family.other.helper as helper
from .helper import *
