#!/usr/bin/env python3
"""Python langfuse 4.14.3, unchanged: writes, and reads back what it wrote."""
import sys

from sdk import run_client

if __name__ == "__main__":
    sys.exit(run_client("langfuse_python_4"))
