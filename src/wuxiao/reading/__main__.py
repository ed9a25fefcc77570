"""`python -m wuxiao.reading`."""

from wuxiao.reading.cli import main

raise SystemExit(main())
