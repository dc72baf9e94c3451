"""Environments of the tests, made once from what pins them by hash (requirements of Python, a lock file of npm) and
kept in the cache folder of the models. The second use needs no network."""
import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

PYTHON = "/usr/bin/python3"


def cache_folder():
    if os.environ.get("REPARTEE_MODELS"):
        return Path(os.environ["REPARTEE_MODELS"])
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "repartee"


def python_with(requirements):
    """The interpreter of an environment that holds exactly the packages of a requirements file."""
    requirements = Path(requirements)
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]
    folder = cache_folder() / "python" / f"{requirements.parent.name}-{digest}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(folder.parent / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            make(folder, requirements)
    return folder / "bin" / "python"


def make(folder, requirements):
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([PYTHON, "-m", "venv", folder], check=True)
    command = [folder / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps",
               "--only-binary=:all:", "--require-hashes", "-r", requirements]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{requirements}: cannot be installed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    (folder / "complete").touch()


def node_program(node, folder):
    """The client.mjs of a folder, beside the packages of its lock file."""
    digest = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()[:12]
    place = cache_folder() / "node" / f"{folder.name}-{digest}"
    place.parent.mkdir(parents=True, exist_ok=True)
    with open(place.parent / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "complete").exists():
            install_packages(node, folder, place)
        shutil.copy(folder / "client.mjs", place)
    return place / "client.mjs"


def install_packages(node, folder, place):
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(folder / name, place)
    npm = Path(node).parent.parent / "lib/node_modules/npm/bin/npm-cli.js"
    command = [node, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    path = f"{Path(node).parent}:{os.environ['PATH']}"
    done = subprocess.run(command, cwd=place, env={**os.environ, "PATH": path}, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{folder}: its packages cannot be installed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    (place / "complete").touch()
