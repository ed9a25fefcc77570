"""Everything a machine can judge without running the product: make check. One run shows all."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
CODE = ("src", "tests", "tools", "bench")
BRIEF = ("--quiet", "--output-format=concise")
CHECKS = (
    ("lint", [BIN / "ruff", "check", *BRIEF, *CODE]),
    ("layout", [BIN / "ruff", "format", "--check", *BRIEF, *CODE]),
    ("types", [BIN / "mypy"]),
    ("storeys", [BIN / "lint-imports", "--no-logo"]),
    ("migrations", [BIN / "python", "-m", "django", "makemigrations", "--check", "--dry-run", "--verbosity", "1"]),
    ("languages", [BIN / "python", "tools/messages.py", "check"]),
    ("papers", [BIN / "python", "tools/docs_true.py"]),
)


def main() -> int:
    """Run each check; print the words of those that fail; 1 if any did."""
    wanted = set(sys.argv[1:])
    failed = []
    for name, command in CHECKS:
        if wanted and name not in wanted:
            continue
        started = time.monotonic()
        # A data folder for the settings to look at: checking must not make one in the tree.
        environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "DJANGO_SETTINGS_MODULE": "wuxiao.site.settings",
            "WUXIAO_DATA_DIR": str(ROOT / ".venv" / "check-data"),
            "PYTHONUTF8": "1",
        }
        words = [str(part) for part in command if str(part) not in {"bench"} or (ROOT / "bench").is_dir()]
        result = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, errors="replace", env=environment)
        print(
            f"{'ok    ' if result.returncode == 0 else 'FAILED'} {name} ({time.monotonic() - started:.0f} s)",
            flush=True,
        )
        if result.returncode:
            failed.append(name)
            print("  " + "\n  ".join((result.stdout + result.stderr).strip().splitlines()[-80:]), flush=True)
    if failed:
        print(f"not in order: {', '.join(failed)}; again with: .venv/bin/python tools/check.py {' '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
