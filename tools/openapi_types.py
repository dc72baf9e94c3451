#!/usr/bin/env python3
"""Writes the dashboard's types from the server's OpenAPI document: each schema whose name begins with "Ui"
becomes a TypeScript type without that prefix in web/src/api/generated.ts.

    tools/openapi_types.py           write the file
    tools/openapi_types.py --check   exit 1 if it is not what would be written
"""
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "repartee/server/api/openapi.json"
TYPES = ROOT / "web/src/api/generated.ts"
PREFIX = "Ui"
HEAD = """\
// Made by tools/openapi_types.py from repartee/server/api/openapi.json: change that, then run it again.
"""


def comment(schema, indent):
    return f"{indent}/** {schema['description']} */\n" if "description" in schema else ""


def type_of(schema, indent=""):
    """The schema as a TypeScript type; nested objects are indented by `indent`."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        if not name.startswith(PREFIX):
            raise ValueError(f"{name} is referred to and not among the dashboard's schemas")
        return name.removeprefix(PREFIX)
    if "anyOf" in schema:
        return " | ".join(type_of(one, indent) for one in schema["anyOf"])
    if "allOf" in schema:
        return " & ".join(type_of(one, indent) for one in schema["allOf"])
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    kind = schema.get("type")
    if kind == "array":
        item = type_of(schema["items"], indent)
        return f"({item})[]" if " " in item else f"{item}[]"
    if kind == "object" and "properties" in schema:
        return object_of(schema, indent)
    if kind == "object":
        values = schema.get("additionalProperties")
        return f"Record<string, {type_of(values, indent) if values else 'unknown'}>"
    return {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null",
            None: "unknown"}[kind]


def object_of(schema, indent):
    required = schema.get("required", [])
    lines = ["{\n"]
    for name, field in schema["properties"].items():
        inner = indent + "  "
        mark = "" if name in required else "?"
        lines.append(f"{comment(field, inner)}{inner}{name}{mark}: {type_of(field, inner)};\n")
    return "".join(lines) + indent + "}"


def types():
    schemas = json.loads(DOCUMENT.read_text())["components"]["schemas"]
    named = sorted((name.removeprefix(PREFIX), schema) for name, schema in schemas.items() if name.startswith(PREFIX))
    return HEAD + "".join(f"\n{comment(schema, '')}export type {name} = {type_of(schema)};\n" for name, schema in named)


def main():
    if sys.argv[1:] != ["--check"]:
        TYPES.write_text(types())
        return 0
    if TYPES.exists() and TYPES.read_text() == types():
        return 0
    print(f"{TYPES.relative_to(ROOT)} does not fit the OpenAPI document: run tools/openapi_types.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
