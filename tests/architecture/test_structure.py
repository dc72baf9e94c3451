#!/usr/bin/env python3
"""Checks the rules that a compiler does not: which room may include which, that no co_await
expression holds braces (g++ 12 destroys such temporaries twice), that Beast stays inside net/,
and that the sources speak of the product alone."""
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# In the order in which rooms may include each other: each sees itself and those before it.
LIBRARY = ["base", "net", "audio", "otel", "frames", "pipeline", "tracing", "conversation", "services", "transports",
           "rtvi", "agent"]
# The server is a half of its own: it knows nothing of the runtime.
SERVER_SEES = {"base", "net", "web", "audio", "otel", "server"}
FORBIDDEN = [r"(^|[^A-Za-z0-9_])/(work|farm|root)/", r"registry\.npmjs", r"pypi\.org", r"crates\.io", r"deb\.debian\.org",
             r"\.\./shared", r"\b(TODO|FIXME|XXX)\b"]


def sources():
    tracked = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    return [ROOT / line for line in tracked.stdout.splitlines() if (ROOT / line).is_file()]


def allowed(room):
    if room == "server":
        return SERVER_SEES
    if room == "web":  # the embedded pages: both halves serve them
        return {"base", "net", "web"}
    if room == "cli":
        return set(LIBRARY) | {"web", "server", "cli"}
    return set(LIBRARY[: LIBRARY.index(room) + 1]) if room in LIBRARY else set()


def check_includes(path, text, problems):
    room = path.relative_to(ROOT / "repartee").parts[0]
    for number, line in enumerate(text.splitlines(), 1):
        found = re.match(r'#include "repartee/([a-z_]+)/', line)
        # The test kit sits beside the pipeline and is for tests of any room.
        if found and found.group(1) not in allowed(room) and "testing" not in line:
            problems.append(f"{path.relative_to(ROOT)}:{number}: {room} may not include {found.group(1)}")
        if re.match(r"#include <boost/beast", line) and room != "net":
            problems.append(f"{path.relative_to(ROOT)}:{number}: Beast is included outside net/")
        if re.match(r'#include "[^/"]+"', line):
            problems.append(f"{path.relative_to(ROOT)}:{number}: include by the full path from the repository's root")


def check_coroutines(path, text, problems):
    code = re.sub(r"//[^\n]*", "", text)
    for found in re.finditer(r"co_await\b([^;]*);", code):
        # A lambda's body in the same statement is no temporary of the expression.
        expression = re.sub(r"\[[^\]]*\]\s*(\([^)]*\))?\s*(mutable)?\s*\{.*\}", "", found.group(1), flags=re.S)
        if "{" in expression.split("\n\n")[0] and not re.match(r"[^{]*\)\s*\{", expression):
            line = code.count("\n", 0, found.start()) + 1
            problems.append(f"{path.relative_to(ROOT)}:{line}: braces inside a co_await expression")


def check_headers(path, text, problems):
    if path.suffix == ".h" and "#pragma once" not in text:
        problems.append(f"{path.relative_to(ROOT)}: no #pragma once")


def note_classes(path, text, classes):
    """Adds the classes that a header defines in a namespace, by their whole name."""
    space = ""
    for line in text.splitlines():
        if opened := re.match(r"namespace ([\w:]+) \{", line):
            space = opened.group(1)
        if defined := re.match(r"(?:class|struct) (\w+)\b(?!::|.*;)", line):
            classes.setdefault(f"{space}::{defined.group(1)}", set()).add(str(path.relative_to(ROOT)))


def check_words(path, text, problems):
    if path == Path(__file__).resolve():
        return
    for number, line in enumerate(text.splitlines(), 1):
        for pattern in FORBIDDEN:
            if re.search(pattern, line):
                problems.append(f"{path.relative_to(ROOT)}:{number}: must not be in the project: {line.strip()[:80]}")


def main():
    problems = []
    classes = {}
    for path in sources():
        ours = path.suffix in {".h", ".cc", ".py", ".sh", ".cmake", ".md", ".txt"} and "third_party" not in path.parts
        if not ours or "golden" in path.parts or "data" in path.parts:
            continue
        text = path.read_text(errors="replace")
        check_words(path, text, problems)
        if path.suffix in {".h", ".cc"} and "repartee" in path.relative_to(ROOT).parts[:1]:
            check_includes(path, text, problems)
        if path.suffix in {".h", ".cc"}:
            check_coroutines(path, text, problems)
            check_headers(path, text, problems)
        if path.suffix == ".h" and "repartee" in path.relative_to(ROOT).parts[:1]:
            note_classes(path, text, classes)
    # Two of one name in a program: the linker takes the functions of either.
    problems += [f"{name} is defined in {' and in '.join(sorted(paths))}" for name, paths in classes.items() if len(paths) > 1]
    print("\n".join(problems) or "the structure is as it should be")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
