#!/usr/bin/env python3
"""What each fuzzer reaches of its parser: tests/fuzz_coverage.py [BUILD], after `./test --only fuzz`.

Plays the kept corpus (BUILD/corpus, BUILD is build/asan) once through each fuzzer and prints a table: inputs and
libFuzzer's features, then of the parser's own files how many functions were entered and how many edges taken.
Edges to what the sanitizers do on a finding count as well, and are never taken where there is none.
"""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Where the parser is not in the file that is named as the fuzzer's header is.
ALSO = {
    "agent_file_fuzz": ["agent/agent_file_services.cc", "agent/agent_file_telephony.cc", "agent/agent_file_tools.cc",
                        "agent/agent_file_turns.cc", "agent/yaml_reader.cc"],
    "sentence_fuzz": ["services/text/sentence_rules.cc"],
    "repartee_rtvi_fuzz": ["rtvi/protocol.cc", "rtvi/client_requests.cc", "rtvi/rtvi_processor.cc"],
    "repartee_transports_telephony_fuzz": ["transports/serializers/telephony_base.cc"],
    "wav_fuzz": ["audio/wav_reader.cc"],
}
FUNCTION = re.compile(r"^(UN)?COVERED_FUNC: hits: \d+ edges: (\d+)/(\d+) .*?(repartee/[\w/]+\.cc):\d+$")


def fuzzers():
    """(name, files of the parser) of each, as the rooms' CMakeLists name them."""
    for cmake in sorted(ROOT.glob("repartee/**/CMakeLists.txt")):
        for name, source in re.findall(r"repartee_fuzzer\((\w+)\s+SOURCES ([\w/]+\.cc)", cmake.read_text()):
            headers = re.findall(r'#include "(repartee/[\w/]+)\.h"', (cmake.parent / source).read_text())
            files = [header + ".cc" for header in headers] + ["repartee/" + other for other in ALSO.get(name, [])]
            yield name, [file for file in files if (ROOT / file).exists()]


def measure(build, name, files):
    # An empty corpus folder is made, so that a fuzzer that never ran shows as one that reaches little.
    corpus = build / "corpus" / name
    corpus.mkdir(parents=True, exist_ok=True)
    symbolizer = {"ASAN_SYMBOLIZER_PATH": "/usr/bin/llvm-symbolizer-19"}
    done = subprocess.run([build / "bin" / name, "-runs=0", "-print_coverage=1", corpus], capture_output=True,
                          text=True, errors="replace", env=os.environ | symbolizer)
    features = re.search(r"DONE +cov: \d+ ft: (\d+)", done.stderr)
    if not features:
        raise SystemExit(f"{name} failed:\n{done.stderr[-2000:]}")
    entered = functions = taken = edges = 0
    for line in done.stderr.splitlines():
        found = FUNCTION.match(line)
        if not found or found[4] not in files:
            continue
        functions += 1
        entered += found[1] is None
        taken += int(found[2])
        edges += int(found[3])
    return len(list(corpus.iterdir())), int(features[1]), entered, functions, taken, edges


def main():
    build = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build" / "asan").resolve()
    listed = list(fuzzers())
    print("| fuzzer | parser | inputs | features | functions entered | edges taken |\n|---|---|---|---|---|---|")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for (name, files), figures in zip(listed, pool.map(lambda one: measure(build, *one), listed)):
            inputs, features, entered, functions, taken, edges = figures
            share = f"{taken} of {edges} ({100 * taken // max(edges, 1)} %)"
            short = ", ".join(file.removeprefix("repartee/") for file in files)
            print(f"| `{name}` | {short} | {inputs:,} | {features:,} | {entered} of {functions} | {share} |")


if __name__ == "__main__":
    main()
