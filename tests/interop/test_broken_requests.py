#!/usr/bin/env python3
"""Each way in which a request may be broken, at every port of the trace server that takes traces."""
import sys

from sdk import run_at_ports

if __name__ == "__main__":
    sys.exit(run_at_ports("otel_python", "broken.py"))
