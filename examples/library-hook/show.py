"""The codec is there as soon as the module is imported; its tables are not."""

import atimport

atimport.install()
import morse  # noqa: E402

print("pending after import:", ", ".join(atimport.pending(morse)))
print("sos".encode("morse").decode("ascii"))
print("pending now:", ", ".join(atimport.pending(morse)))
