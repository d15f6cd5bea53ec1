"""`python -m scheme`."""

import sys

from scheme.cli import main

sys.exit(main())
