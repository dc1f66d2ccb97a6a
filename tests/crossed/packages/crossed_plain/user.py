"""Not deferred; imports what is asked for."""

import crossed_family.sub

value = crossed_family.sub.value
