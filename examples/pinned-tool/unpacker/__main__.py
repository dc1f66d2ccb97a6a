import sys

from unpacker.cli import main

sys.exit(main(sys.argv[1:]))
