"""Not deferred; imports the package alone."""

import crossed_family

marker = crossed_family.marker
