"""`python -m shapeguard`: the command line, where the script is not on the path."""

import sys

from shapeguard.cli.main import main

sys.exit(main())
