"""Strict YAML 1.2 with a line number for every key.

Stricter than the standard where a mistake would pass unseen: a key given twice, an alias, a tag, a second document, a
file of more than one megabyte and tabs in the indentation are errors. Dates stay text.
"""

from __future__ import annotations

import dataclasses
import pathlib
from typing import Any

from sim.errors import InputError

MAX_BYTES = 1_000_000
MAX_DEPTH = 30

Path = tuple[str | int, ...]


@dataclasses.dataclass(frozen=True)
class Document:
    """Plain values of a YAML file and where each of them stands.

    `lines` maps the path of a value, for example `("set", "developers.count")` or `("policies", 0)`, to its line.
    """

    data: Any
    lines: dict[Path, int]
    file: str

    def line(self, path: Path) -> int | None:
        """Line of a value, or of the nearest value that holds it."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return self.lines.get(())

    def error(self, message: str, path: Path = (), *, key: str | None = None, hint: str | None = None) -> InputError:
        """An error about the value at `path`; `key` is what is named, by default the path joined by dots."""
        named = key if key is not None else key_text(path)
        return InputError(
            one_line(message), file=self.file, line=self.line(path), key=one_line(named, 100) or None, hint=hint
        )


def one_line(text: str, longest: int = 600) -> str:
    """Text from a file as an error may quote it: one line, no control characters, not endless."""
    plain = "".join(part if part.isprintable() else "?" for part in " ".join(text.split()))
    return plain if len(plain) <= longest else plain[: longest - 3] + "..."


def key_text(path: Path) -> str:
    """`policies[0].id` for `("policies", 0, "id")`; parameter paths under `set` are named by themselves."""
    if len(path) > 1 and path[0] == "set":
        return str(path[1]) if len(path) == 2 else f"{path[1]}[{path[2]}]"
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def shown_path(path: pathlib.Path) -> str:
    """A path as a user would write it: relative to the working folder where that is shorter."""
    try:
        return str(path.resolve().relative_to(pathlib.Path.cwd()))
    except ValueError:
        return str(path)


def read_yaml(path: pathlib.Path) -> Document:
    """Read a YAML file that holds one mapping. Raises InputError; a file that is too large is not read at all."""
    name = shown_path(path)
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise InputError("not a file", file=name)
        if size > MAX_BYTES:
            raise InputError(f"a file of {size / 1e6:.1f} MB, larger than the 1 MB allowed", file=name)
        with path.open("rb") as stream:  # the size of a special file says nothing: never read more than allowed
            raw = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise InputError("no such file", file=name) from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=name) from None
    if len(raw) > MAX_BYTES:
        raise InputError("larger than the 1 MB allowed", file=name)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise InputError("not UTF-8 text", file=name, line=line) from None
    document = parse_yaml(text, name)
    if document.data is None:
        raise InputError("empty file", file=name)
    if not isinstance(document.data, dict):
        raise InputError("not a mapping of keys to values", file=name, line=document.line(()))
    return document


def parse_yaml(text: str, name: str) -> Document:
    """Parse YAML text; `name` is what errors call it. Raises InputError."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    yaml = YAML(typ="safe", pure=True)
    try:
        root = yaml.compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = " ".join((error.problem or error.context or "cannot be parsed").split())
        if "another document" in what:
            what = "more than one document"
        raise InputError(f"not valid YAML: {what}", file=name, line=None if mark is None else mark.line + 1) from None
    except (YAMLError, ValueError) as error:
        what = " ".join(str(error).split())
        raise InputError(f"not valid YAML: {what}", file=name) from None
    except RecursionError:
        raise InputError(f"nested deeper than {MAX_DEPTH} levels", file=name) from None
    reader = _Reader(name)
    data = None if root is None else reader.value(root, ())
    return Document(data, reader.lines, name)


class _Reader:
    """Turns composed nodes into plain values and keeps their lines."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[Path, int] = {}
        self.seen: set[int] = set()

    def fail(self, message: str, node: Any, path: Path) -> InputError:
        line = node.start_mark.line + 1
        return InputError(one_line(message), file=self.name, line=line, key=one_line(key_text(path), 100) or None)

    def value(self, node: Any, path: Path) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if id(node) in self.seen:
            raise self.fail("aliases (*name) are not allowed; write the value again", node, path)
        self.seen.add(id(node))
        if len(path) > MAX_DEPTH:
            raise self.fail(f"nested deeper than {MAX_DEPTH} levels", node, path[:3])
        kind = node.tag.rpartition(":")[2] if node.tag.startswith("tag:yaml.org,2002:") else ""
        if node.id == "mapping" and kind == "map":
            return self.mapping(node, path)
        if node.id == "sequence" and kind == "seq":
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        if node.id == "scalar" and kind in ("str", "timestamp"):
            return node.value
        if node.id == "scalar" and kind in ("null", "bool", "int", "float"):
            return self.scalar(kind, node, path)
        raise self.fail(f"tag {node.tag} is not allowed", node, path)

    def mapping(self, node: Any, path: Path) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if key_node.id != "scalar":
                raise self.fail("a key must be plain text", key_node, path)
            key = key_node.value
            line = key_node.start_mark.line + 1
            here = (*path, key)
            if key in result:
                raise self.fail(f"key given twice, first on line {self.lines[here]}", key_node, here)
            if key == "<<":
                raise self.fail("merge keys (<<) are not allowed", key_node, here)
            self.lines[here] = line
            result[key] = self.value(value_node, here)
        return result

    def scalar(self, kind: str, node: Any, path: Path) -> Any:
        text = node.value
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() == "true"
        try:
            if kind == "int":
                plain = text.lower()
                if plain.startswith(("0x", "0o")):
                    return int(plain, 0)
                return int(plain)
            lowered = text.lower()
            return float(lowered.replace(".inf", "inf").replace(".nan", "nan"))
        except ValueError:
            raise self.fail(f"'{text}' is not a number", node, path) from None
