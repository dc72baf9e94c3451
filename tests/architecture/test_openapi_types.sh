#!/usr/bin/env bash
# The dashboard's types are those of the server's OpenAPI document.
exec "$(dirname "${BASH_SOURCE[0]}")/../../tools/openapi_types.py" --check
