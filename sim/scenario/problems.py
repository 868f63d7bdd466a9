"""Turning the errors of a validation into lines that name file, line, key and the nearest valid name."""

from __future__ import annotations

import difflib
import typing
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ValidationError

from sim.errors import InputError
from sim.yaml_file import Document, Path


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is most like a misspelt one, if any is like it."""
    return next(iter(difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)), None)


_SHAPES = {
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "string_type": "text",
    "float_type": "a number",
    "int_type": "a whole number",
    "bool_type": "true or false",
}


def input_errors(
    error: ValidationError, document: Document, base: Path, model: type[BaseModel], data: Any
) -> list[InputError]:
    """One error for each thing that is wrong in the value `data` at `base`, which was read as `model`."""
    found: dict[Path, InputError] = {}
    for detail in error.errors():
        loc = _written_path(detail["loc"], detail["type"], data)
        loc += _named_first(detail, loc, data)
        place = base + loc
        if place not in found:
            message, hint = _wording(detail, loc, model, data)
            found[place] = document.error(message, place, hint=hint)
    deepest = [place for place in found if not any(_inside(other, place) for other in found)]
    return sorted((found[place] for place in deepest), key=lambda problem: problem.line or 0)


def _named_first(detail: Any, loc: Path, data: Any) -> Path:
    """The key with which the message of a check of a whole record begins: it is the one at fault."""
    if detail["type"] != "value_error":
        return ()
    for part in loc:
        data = data[part] if isinstance(data, dict | list) else None  # type: ignore[index]
    first = detail["msg"].removeprefix("Value error, ").partition(" ")[0]
    return (first,) if isinstance(data, dict) and first in data else ()


def _inside(place: Path, other: Path) -> bool:
    return len(place) > len(other) and place[: len(other)] == other


def _written_path(loc: tuple[int | str, ...], kind: str, data: Any) -> Path:
    """The location without the names of a union's branches, which are in no file."""
    path: list[int | str] = []
    for index, part in enumerate(loc):
        inside: Any = dict(enumerate(data)) if isinstance(data, list) else data
        if isinstance(inside, dict) and part in inside:
            data = inside[part]
        elif not (kind == "missing" and index == len(loc) - 1):
            continue
        path.append(part)
    return tuple(path)


def _wording(detail: Any, loc: Path, model: type[BaseModel], data: Any) -> tuple[str, str | None]:
    kind, given = detail["type"], detail["input"]
    if kind == "extra_forbidden":
        return "unknown key", nearest(str(loc[-1]), _fields(model, loc[:-1], data))
    if kind == "missing":
        return "missing", None
    if kind == "literal_error":
        known = [part.strip().strip("'") for part in detail["ctx"]["expected"].replace(" or ", ", ").split(",")]
        if len(known) == 1:
            return f"should be {known[0]}, not {shown(given)}", None
        return f"{shown(given)} is not one of {', '.join(known)}", nearest(str(given), known)
    if kind == "string_too_short":
        return "must not be empty", None
    if kind in _SHAPES:
        return f"should be {_SHAPES[kind]}, not {shown(given)}", None
    if kind == "string_pattern_mismatch":
        return f"{shown(given)} is not of the form {detail['ctx']['pattern']}", None
    message = detail["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    if message.startswith("Input should be"):
        return "should be" + message.removeprefix("Input should be") + f", not {shown(given)}", None
    message, _, known = message.partition("; known: ")
    hint = nearest(str(given), known.split(", ")) if known else None
    if known and hint is None:
        message += f"; known: {known}"
    return message[:1].lower() + message[1:], hint


def shown(value: Any) -> str:
    """A value as an error may quote it: short, on one line."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _fields(model: type[BaseModel], loc: Path, data: Any) -> list[str]:
    """Names that the mapping at `loc` inside `model` may have."""
    current: type[BaseModel] | None = model
    for part in loc:
        if current is None or isinstance(part, int) or part not in current.model_fields:
            continue
        keyed = _keyed_model(part, data)
        current = keyed or next(_models(current.model_fields[part].annotation), None)
    return [] if current is None else list(current.model_fields)


def _keyed_model(part: str | int, data: Any) -> type[BaseModel] | None:
    """Model of the parameters of a policy or the fields of an event, which depends on another key beside it."""
    from sim.policy.events import EVENT_KINDS
    from sim.policy.instruments import INSTRUMENTS

    if not isinstance(data, dict):
        return None
    if part == "parameters":
        return INSTRUMENTS.get(str(data.get("instrument")))
    return EVENT_KINDS.get(str(data.get("kind"))) if part == "fields" else None


def _models(annotation: Any) -> typing.Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in typing.get_args(annotation):
        yield from _models(inner)
