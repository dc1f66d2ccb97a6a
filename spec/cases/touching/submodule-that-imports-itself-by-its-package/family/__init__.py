__at_import__ = None
import family.other

eight = family.other.four * 2
