"""Reads the declarations of our headers as far as a test needs them: the fields of a struct with their defaults, the
parameters of a constructor, the events of a class."""
import re

EMPTY = (None, 0, "", [], {}, False)
DURATION = re.compile(r"^(?:std::chrono::)?(milliseconds|seconds|minutes)\(([\d.]+)\)$")
SECONDS = {"milliseconds": 0.001, "seconds": 1, "minutes": 60}


def default_of(text):
    """An initializer as JSON would tell it; "<object>" for what has no such form."""
    text = (text or "").strip()
    duration = DURATION.match(text)
    if duration:
        return float(duration[2]) * SECONDS[duration[1]]
    if text in ("", "nullptr", "std::nullopt"):
        return None
    if text in ("true", "false"):
        return text == "true"
    if re.fullmatch(r"-?[\d.]+f?", text):
        return float(text.rstrip("f"))
    if re.fullmatch(r'"[^"]*"', text):
        return text[1:-1]
    if text in ("Json::object()", "Json::array()"):
        return {}
    if re.fullmatch(r"(\w+::)+k\w+", text):
        return re.sub(r"(?<!^)(?=[A-Z])", "_", text.rsplit("::k")[-1]).lower()
    return "<object>"


def same_default(reference, ours):
    if isinstance(reference, str) and reference.startswith("<"):
        return True
    if reference is None or reference in ([], {}):
        return ours in EMPTY or ours == "<object>"
    if isinstance(reference, bool) or isinstance(ours, bool):
        return reference is ours
    if isinstance(reference, (int, float)):
        return not isinstance(ours, str) and abs(float(reference) - float(ours or 0)) < 1e-9
    return reference == ours


class Declarations:
    """All classes and structs of the headers below a folder."""

    def __init__(self, folder):
        self.bodies = {}  # by name, and by "path:name"
        self.bases = {}
        for path in sorted(folder.rglob("*.h")):
            text = re.sub(r"(?<!:)//.*", "", path.read_text())
            for match in re.finditer(r"\b(?:struct|class)\s+(\w+)(?:\s+final)?\s*(?::\s*([^{};]*))?\{", text):
                body = text[match.end():self.end_of(text, match.end())]
                for key in (match[1], f"{path.relative_to(folder)}:{match[1]}"):
                    self.bodies.setdefault(key, []).append(body)
                self.bases.setdefault(match[1], []).extend(re.findall(r"(\w+)(?:<[^>]*>)?\s*(?:,|$)", match[2] or ""))
            for alias, template in re.findall(r"\busing\s+(\w+)\s*=\s*(\w+)<", text):
                self.bases.setdefault(alias, []).append(template)

    @staticmethod
    def end_of(text, at):
        depth = 1
        while depth:
            depth += {"{": 1, "}": -1}.get(text[at], 0)
            at += 1
        return at - 1

    def knows(self, name):
        return name in self.bodies or name in self.bases

    def with_bases(self, name, seen=None):
        """The bodies of a class and of all it derives from or stands for."""
        seen = set() if seen is None else seen
        if name in seen:
            return []
        seen.add(name)
        found = list(self.bodies.get(name, []))
        for base in self.bases.get(name.rsplit(":")[-1], []):
            found += self.with_bases(base, seen)
        return found

    def defaults(self, classes, field):
        """The default of each declaration of that field, or parameter, in these classes; nothing if there is none. What is
        declared in a form that is not understood here is an "<object>"."""
        found = []
        value = r'\s*=\s*((?:"[^"]*"|\([^()]*\)|[^;{}(),"])+)|\{([^;{}]*)\}'
        for name in classes:
            for body in self.with_bases(name):
                for match in re.finditer(rf"(?:[\w>&*,]\s+|\.){field}(?:{value})?\s*([;,)}}=({{])", body):
                    plain = match[3] in ";,)}"
                    found.append(default_of(match[1] or match[2]) if plain else "<object>")
        return found

    def has_event(self, classes, event):
        return any(re.search(rf"\b{event}\s*;", body) for name in classes for body in self.with_bases(name))
