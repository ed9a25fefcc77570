"""Make everything the product (or, with --dev, its tests) needs, inside this folder; a second call finds it done.

Needs only Python >= 3.11 with venv and a package index that pip is set up to use. Uses nothing outside the standard
library, because it is what brings everything else.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
OLDEST = (3, 11)
# After a failed fetch of the front-end libraries `make run` does not try again for this long, to stay quick off-line.
RETRY_SECONDS = 3600
QUIET_PIP = ["--disable-pip-version-check", "--no-input", "--quiet"]


def main() -> int:
    """Do what is not done yet, saying each thing that takes time; returns the exit code."""
    if "--clean" in sys.argv:
        return clean()
    if sys.version_info < OLDEST:
        return start_again_with_newer_python()
    os.chdir(ROOT)
    try:
        make_venv()
        install("requirements.lock", "packages")
        if "--dev" in sys.argv:
            install("requirements-dev.lock", "packages for tests and checks")
        install_project()
        compile_translations()
        fetch_front_end("--dev" in sys.argv)
    except Trouble as trouble:
        print(f"\n{trouble}", file=sys.stderr)
        return 1
    return 0


class Trouble(Exception):
    """Something a person has to mend; the text says what and how."""


def say(text: str) -> None:
    """One line at once, so that nobody waits before an empty screen."""
    print(f"setup: {text}", flush=True)


def start_again_with_newer_python() -> int:
    """Hand over to a newer Python on this machine, or say which one is needed."""
    for minor in range(19, OLDEST[1] - 1, -1):
        other = shutil.which(f"python3.{minor}")
        if other:
            os.execv(other, [other, *sys.argv])
    have = ".".join(map(str, sys.version_info[:3]))
    print(
        f"Python 3.11 or newer is needed; this is {have}. Install one, or name it: make PYTHON=/path/to/python3",
        file=sys.stderr,
    )
    return 1


def fingerprint(*names: str) -> str:
    """What a step depends on, in one word: the files, the Python and where this folder stands."""
    digest = hashlib.sha256(f"{sys.version_info[:2]} {ROOT}".encode())
    for name in names:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def done(step: str, print_: str) -> bool:
    """Whether this step was finished for exactly these files."""
    stamp = VENV / "stamps" / step
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == print_


def finish(step: str, print_: str) -> None:
    """Remember that the step is finished."""
    (VENV / "stamps").mkdir(exist_ok=True)
    (VENV / "stamps" / step).write_text(print_, encoding="utf-8")


def run(command: list[str], failed: str) -> None:
    """Run a command; if it fails, show what it said and `failed`, which says how to go on."""
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    if result.returncode:
        raise Trouble("\n".join(result.stdout.strip().splitlines()[-25:]) + f"\n\n{failed}")


def make_venv() -> None:
    """The folder .venv with this Python, made anew if it was made by another one or elsewhere."""
    wanted = fingerprint()
    if done("venv", wanted) and (BIN / "python").exists():
        return
    works = (BIN / "python").exists() and subprocess.run(
        [
            BIN / "python",
            "-c",
            "import pip, sys; sys.exit(sys.version_info[:2] != " + repr(tuple(sys.version_info[:2])) + ")",
        ],
        capture_output=True,
    ).returncode == 0
    if not works or (VENV / "stamps").exists():
        say(f"making .venv with Python {sys.version.split()[0]}")
        shutil.rmtree(VENV, ignore_errors=True)
        package = f"python3.{sys.version_info[1]}-venv (or python3-venv)"
        run(
            [sys.executable, "-m", "venv", str(VENV)],
            f"Python's venv did not work. On Debian and Ubuntu: apt-get install {package}",
        )
    finish("venv", wanted)


def install(lock: str, what: str) -> None:
    """The versions written in a lock file, no others."""
    wanted = fingerprint(lock)
    if done(lock, wanted):
        return
    say(f"installing {what} (once; half a minute to a few minutes)")
    started = time.monotonic()
    run(
        [str(BIN / "python"), "-m", "pip", "install", *QUIET_PIP, "--no-deps", "--requirement", lock],
        "The packages could not be installed. On a closed network pip needs to know your mirror:\n"
        "  pip config set --user global.index-url https://YOUR-MIRROR/simple\nthen the same make command again.",
    )
    say(f"{what} installed in {time.monotonic() - started:.0f} s")
    finish(lock, wanted)


def install_project() -> None:
    """The package itself, in place, and its command `wuxiao`."""
    wanted = fingerprint("pyproject.toml", "requirements.lock")
    if done("project", wanted) and (BIN / "wuxiao").exists():
        return
    command = [
        str(BIN / "python"),
        "-m",
        "pip",
        "install",
        *QUIET_PIP,
        "--no-deps",
        "--no-build-isolation",
        "--editable",
        ".",
    ]
    run(command, "The project itself could not be installed; the message above says why.")
    finish("project", wanted)


def compile_translations() -> None:
    """The English texts in the form gettext reads."""
    if any(ROOT.glob("src/wuxiao/web/locale/*/LC_MESSAGES/*.po")):
        run([str(BIN / "python"), "tools/messages.py", "compile"], "The translations could not be compiled.")


def fetch_front_end(dev: bool) -> None:
    """The few front-end libraries; without them every page still works, so a failure here is told and not fatal."""
    step = "front-end-dev" if dev else "front-end"
    wanted = fingerprint("package-lock.json", "src/wuxiao/site/assets.py")
    if done(step, wanted) and (ROOT / "src/wuxiao/web/static/vendor").is_dir():
        return
    failed = VENV / "stamps" / "front-end-failed"
    if not dev and failed.exists() and time.time() - failed.stat().st_mtime < RETRY_SECONDS:
        return
    node_at_hand()
    command = [str(BIN / "python"), "-m", "wuxiao.site.assets", *(["--dev"] if dev else [])]
    if subprocess.run(command).returncode == 0:
        finish(step, wanted)
        failed.unlink(missing_ok=True)
    else:
        failed.touch()


def node_at_hand() -> None:
    """npm from this machine if it has one, else the one that a Python package carries."""
    if shutil.which("npm") or done("node", fingerprint("requirements-node.lock")):
        return
    say("this machine has no npm: installing the one packed for Python")
    command = [
        str(BIN / "python"),
        "-m",
        "pip",
        "install",
        *QUIET_PIP,
        "--no-deps",
        "--requirement",
        "requirements-node.lock",
    ]
    if subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
        finish("node", fingerprint("requirements-node.lock"))


def clean() -> int:
    """Remove what was made here and can be made again; never a data folder."""
    doomed = [".venv", "node_modules", "build", "dist", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis"]
    doomed += [".import_linter_cache", "src/wuxiao/web/static/vendor"]
    for name in doomed:
        shutil.rmtree(ROOT / name, ignore_errors=True)
    for compiled in (*ROOT.glob("src/wuxiao/web/locale/*/LC_MESSAGES/*.mo"), *ROOT.glob("src/**/*.pyc")):
        compiled.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
