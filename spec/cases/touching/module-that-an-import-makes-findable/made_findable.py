import os
import sys

from _trace import ran

ran(106)
sys.path.append(os.path.join(os.path.dirname(__file__), "elsewhere"))
