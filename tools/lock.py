"""Choose the exact versions of everything we depend on, for every Python from 3.11 on, and write them down.

The lock files name versions only: no addresses, so any mirror can serve them; and no hashes, because offices on
uncommon processors install from mirrors that build the same versions themselves.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {
    "requirements.lock": ["--extra", "build"],
    "requirements-dev.lock": ["--extra", "build", "--extra", "dev", "--constraint", "requirements.lock"],
    "requirements-node.lock": ["--only-extra-node"],
}


def main() -> int:
    """Write the three lock files; keeps versions that still fit unless called with --upgrade."""
    uv = shutil.which("uv") or shutil.which("uv", path=str(ROOT / ".venv/bin"))
    if uv is None:
        print("`make lock` needs uv: .venv/bin/pip install uv, then try again.", file=sys.stderr)
        return 1
    common = [
        uv,
        "pip",
        "compile",
        "--quiet",
        "--universal",
        "--python-version",
        "3.11",
        "--no-header",
        "--no-annotate",
    ]
    common += ["--upgrade"] if "--upgrade" in sys.argv else []
    for name, extras in LOCKS.items():
        source, arguments, text = "pyproject.toml", extras, None
        if extras == ["--only-extra-node"]:
            import tomllib

            project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
            source, arguments, text = "-", [], "\n".join(project["optional-dependencies"]["node"])
        command = [*common, *arguments, source, "--output-file", name]
        subprocess.run(command, cwd=ROOT, input=text, text=True, check=True)
        lines = [line for line in (ROOT / name).read_text(encoding="utf-8").splitlines() if not line.startswith("-")]
        (ROOT / name).write_text("# Written by `make lock`.\n" + "\n".join(lines) + "\n", encoding="utf-8")
        print(f"{name}: {len(lines)} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
