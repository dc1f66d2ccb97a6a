"""``python -m atimport``: the command line; the same as the console script ``atimport``."""

from atimport.cli import main

if __name__ == "__main__":
    main()
