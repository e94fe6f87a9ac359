"""python -m symconv: the command line."""

import sys

from symconv.cli.main import main

sys.exit(main())
