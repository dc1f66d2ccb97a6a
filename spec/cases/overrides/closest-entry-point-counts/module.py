from _trace import ran

import parts.first
import parts.second.inner

first = ran(6) or parts.first.VALUE
second = ran(7) or parts.second.inner.VALUE
