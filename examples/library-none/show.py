"""Import, look, touch, look again."""

import sys

import atimport

atimport.install()
import measures  # noqa: E402

print("pending after import:", ", ".join(atimport.pending(measures)))
print("decimal has been imported:", "decimal" in sys.modules)
print("3 mi =", measures.convert("3 mi", "km"))
print("pending now:", ", ".join(atimport.pending(measures)))
