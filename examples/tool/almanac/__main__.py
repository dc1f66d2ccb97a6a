import sys

from almanac import main

sys.exit(main())
