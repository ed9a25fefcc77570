"""Five hundred pictures in six formats leave without what was planted in them; what the largest cost.

.venv/bin/python -m bench.pictures [how many of each format, default 90]
"""

from __future__ import annotations

import os
import sys
import tempfile
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wuxiao.site.settings")


def main() -> int:
    """Print for each format how many pictures, planted words and sightings; 1 if a word was seen."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["WUXIAO_DATA_DIR"] = folder
        from tests.support.planted import FORMATS, planted
        from wuxiao.desk.files import pictures

        each = int(sys.argv[1]) if len(sys.argv) > 1 else 90
        seen = whole = 0
        for kind in FORMATS:
            words = sightings = 0
            began = time.process_time()
            for seed in range(each):
                data, hidden = planted(kind, seed)
                assert all(word in data for word in hidden)
                drawn = pictures.redraw(data, 40_000_000)[0]
                words += len(hidden)
                sightings += sum(word in drawn for word in hidden)
            whole += each
            seen += sightings
            cpu = time.process_time() - began
            print(f"{kind}: {each} pictures, {words} words planted, {sightings} seen, {cpu:.1f} s CPU with planting")
        print(f"all: {whole} pictures, {seen} sightings")
    return 1 if seen else 0


if __name__ == "__main__":
    sys.exit(main())
