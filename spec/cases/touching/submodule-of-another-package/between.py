__at_import__ = None
import family.writer
