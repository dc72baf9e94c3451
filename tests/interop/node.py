"""Node and the packages of javascript/, installed once from the lock file and kept in the cache folder of the
models. The second use needs no network."""
import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from environment import cache_folder

HERE = Path(__file__).resolve().parent
SOURCE = HERE / "javascript"
INPUTS = ("package.json", "package-lock.json", ".npmrc")


def node():
    """The interpreter that builds the dashboard."""
    setup = subprocess.run([HERE.parents[1] / "tools/setup_web.sh", "--node"], capture_output=True, text=True)
    if setup.returncode != 0:
        raise RuntimeError(setup.stderr[-2000:])
    return Path(setup.stdout.splitlines()[-1])


def folder_with_packages(interpreter):
    """A folder that holds exactly the locked packages; the programs are copied beside them."""
    digest = hashlib.sha256(b"".join((SOURCE / name).read_bytes() for name in INPUTS)).hexdigest()[:12]
    folder = cache_folder() / f"interop-javascript-{digest}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(folder.parent / ".interop.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            install(folder, interpreter)
        for program in SOURCE.glob("*.mjs"):
            shutil.copy(program, folder)
    return folder


def install(folder, interpreter):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name in INPUTS:
        shutil.copy(SOURCE / name, folder)
    npm = interpreter.parents[1] / "lib/node_modules/npm/bin/npm-cli.js"
    done = subprocess.run([interpreter, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], cwd=folder,
                          env={**os.environ, "PATH": f"{interpreter.parent}:{os.environ['PATH']}"}, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"the packages of {SOURCE} cannot be installed:\n{done.stderr[-2000:]}")
    (folder / "complete").touch()
