#!/usr/bin/env python3
"""Python langfuse 2.60, unchanged: writes batches of events, and reads back what it wrote."""
import sys

from sdk import run_client

if __name__ == "__main__":
    sys.exit(run_client("langfuse_python_2"))
