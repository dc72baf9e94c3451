#!/usr/bin/env python3
"""Python langfuse 5.0.4, unchanged: writes, and reads back what it wrote; then every method of its API client."""
import sys

from sdk import run_client

if __name__ == "__main__":
    sys.exit(run_client("langfuse_python_5") or run_client("langfuse_python_5", "methods.py"))
