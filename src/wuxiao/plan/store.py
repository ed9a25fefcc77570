"""Problems and plans as JSON, both ways, and the schema of that JSON, read off the dataclasses themselves."""

from __future__ import annotations

import dataclasses
import json
import math
import re
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from wuxiao.plan.form import BadProblem, Said

T = TypeVar("T")

#: Arrays of a problem or plan: float64, int64 or bool; they are frozen when the object is made.
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
#: The largest number a problem may hold: beyond it sums lose their minutes and metres.
LARGEST = 1e15
TOO_LARGE = Said("数太大（上限1e15），请核对单位", "is too large (at most 1e15): are the units right?")


def frozen(values: Any, dtype: type[np.generic], where: str, *, dimensions: int = 1, finite: bool = True) -> Any:
    """Return values as an array that cannot be written, of a dtype and a number of dimensions.

    Raises `BadProblem` naming the field and the first row that is not a number, not a finite one, or beyond `LARGEST`.
    """
    try:
        with np.errstate(invalid="ignore"):
            array = np.array(values, dtype=np.float64 if np.issubdtype(dtype, np.number) else dtype)
    except OverflowError as error:
        raise BadProblem(where, TOO_LARGE) from error
    except (TypeError, ValueError) as error:
        raise BadProblem(where, Said(f"应是数的表：{error}", f"expected a table of numbers: {error}")) from error
    if array.size == 0 and array.ndim != dimensions:
        array = array.reshape((0,) * dimensions)
    if array.ndim != dimensions:
        said = Said(f"应是{dimensions}维，实为{array.ndim}维", f"expected {dimensions} dimensions, found {array.ndim}")
        raise BadProblem(where, said)
    if np.issubdtype(dtype, np.number) and finite:
        bad = np.argwhere(~np.isfinite(array))
        if len(bad):
            said = Said("不是有限的数，请填数值", "is not a finite number: give a value")
            raise BadProblem(where, said, int(bad[0][0]))
    if np.issubdtype(dtype, np.number):
        bad = np.argwhere(np.isfinite(array) & (np.abs(array) > LARGEST))
        if len(bad):
            raise BadProblem(where, TOO_LARGE, int(bad[0][0]))
    if np.issubdtype(dtype, np.integer):
        bad = np.argwhere(array != np.floor(array))
        if len(bad):
            said = Said("应是整数", "must be a whole number")
            raise BadProblem(where, said, int(bad[0][0]))
    array = np.ascontiguousarray(array.astype(dtype))
    array.flags.writeable = False
    return array


def same(one: Any, other: Any) -> bool:
    """Return whether two problems or plans hold the same values, arrays included."""
    return bool(to_json(one) == to_json(other))


def to_json(thing: Any) -> Any:
    """Return a dataclass (or anything it may hold) as plain JSON values; infinite numbers become strings."""
    if dataclasses.is_dataclass(thing) and not isinstance(thing, type):
        return {f.name: to_json(getattr(thing, f.name)) for f in dataclasses.fields(thing) if f.init}
    if isinstance(thing, np.ndarray):
        return [to_json(x) for x in thing.tolist()] if thing.dtype.kind == "f" else thing.tolist()
    if isinstance(thing, np.generic):
        return to_json(thing.item())
    if isinstance(thing, float) and not math.isfinite(thing):
        return "inf" if thing > 0 else "-inf" if thing < 0 else "nan"
    if isinstance(thing, Mapping):
        return {str(k): to_json(v) for k, v in thing.items()}
    if isinstance(thing, (tuple, list, frozenset, set)):
        return [to_json(x) for x in (sorted(thing) if isinstance(thing, (set, frozenset)) else thing)]
    return thing


def from_json(kind: type[T], data: Any, where: str = "") -> T:
    """Return JSON values as a dataclass; raises `BadProblem` naming the field that is missing, unknown or wrong."""
    result: T = _read(kind, data, where)
    return result


def load(kind: type[T], path: Path) -> T:
    """Return a problem or plan from a JSON file; raises `BadProblem` where the file is no JSON or no such thing."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadProblem(path.name, Said(f"打不开文件：{error}", f"the file cannot be opened: {error}")) from error
    except ValueError as error:
        raise BadProblem(path.name, Said(f"不是JSON：{error}", f"is no JSON: {error}")) from error
    data = parsed(text, path.name)
    return from_json(kind, data)


def parsed(text: str, name: str) -> Any:
    """Return the values of a JSON text; raises `BadProblem` naming the file where it is none, or nested without end."""
    try:
        data = json.loads(text)
        if "\\ud" in text.lower():
            # Half a character (\\ud800) cannot be printed or written: it would end the command when all is found.
            json.dumps(data, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        said = Said(
            "含有半个字符（如\\ud800），写不出来", "holds half a character (as \\ud800), which cannot be written"
        )
        raise BadProblem(name, said) from error
    except ValueError as error:
        raise BadProblem(name, Said(f"不是JSON：{error}", f"is no JSON: {error}")) from error
    except RecursionError as error:
        raise BadProblem(name, Said("JSON嵌套太深", "the JSON is nested too deep")) from error
    return data


def save(thing: Any, path: Path) -> None:
    """Write a problem or plan as JSON, whole or not at all; raises `OSError` where it cannot be written."""
    text = json.dumps(to_json(thing), ensure_ascii=False, allow_nan=False) + "\n"
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def may_write(path: Path, where: str = "--out") -> None:
    """Raise `BadProblem` where a file cannot be written there: asked before a search, not after it."""
    if path.is_dir():
        raise BadProblem(where, Said(f"{path}是文件夹，请给文件名", f"{path} is a folder: give the name of a file"))
    try:
        part = path.with_name(path.name + ".part")
        with part.open("w", encoding="utf-8"):
            pass
        part.unlink()
    except (OSError, ValueError) as error:
        # A name with a NUL, or none at all, is no name of a file: Python says so before the machine does.
        why = getattr(error, "strerror", None) or str(error)
        raise BadProblem(where, Said(f"写不进{path}：{why}", f"{path} cannot be written: {why}")) from error


def schema(kind: Any) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a problem or plan."""
    parts: dict[str, Any] = {}
    top = _schema(kind, parts)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **top, "$defs": parts}


def _wrong(where: str, want: str, data: Any) -> BadProblem:
    shown = json.dumps(data, ensure_ascii=False, default=str)[:60]
    return BadProblem(where or "problem", Said(f"应是{want}，实为{shown}", f"expected {want}, found {shown}"))


def _read(kind: Any, data: Any, where: str) -> Any:
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        return _read(args[0], data, where)
    if kind is Any:
        return data
    if origin in (typing.Union, types.UnionType):
        if data is None and type(None) in args:
            return None
        return _read(next(a for a in args if a is not type(None)), data, where)
    if origin is typing.Literal:
        if data not in args:
            raise _wrong(where, " | ".join(map(str, args)), data)
        return data
    if origin is np.ndarray:
        dtype = typing.get_args(args[1])[0]
        numbers = np.issubdtype(dtype, np.floating)
        values = _numbers(data) if numbers else data
        depth, inner = 0, values
        while isinstance(inner, (list, tuple)):
            depth, inner = depth + 1, inner[0] if inner else None
        return frozen(values, dtype, where, dimensions=max(1, depth), finite=False)
    if origin is tuple:
        if not isinstance(data, (list, tuple)):
            raise _wrong(where, "list", data)
        if len(args) == 2 and args[1] is Ellipsis:
            return tuple(_read(args[0], x, f"{where}[{i}]") for i, x in enumerate(data))
        if len(data) != len(args):
            raise _wrong(where, f"list of {len(args)}", data)
        return tuple(_read(a, x, f"{where}[{i}]") for i, (a, x) in enumerate(zip(args, data, strict=True)))
    if origin in (frozenset,):
        if not isinstance(data, (list, tuple)):
            raise _wrong(where, "list", data)
        return frozenset(_read(args[0], x, f"{where}[{i}]") for i, x in enumerate(data))
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        if not isinstance(data, dict):
            raise _wrong(where, "object", data)
        return {_read(args[0], k, where): _read(args[1], v, f"{where}.{k}") for k, v in data.items()}
    if dataclasses.is_dataclass(kind):
        return _read_dataclass(kind, data, where)
    if kind is float:
        value = _numbers(data)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise _wrong(where, "number", data)
        if value != value:
            raise _wrong(where, "number", data)
        return float(_believable(where, value))
    if kind is int:
        if isinstance(data, float) and data.is_integer():
            data = int(data)
        if isinstance(data, str) and re.fullmatch(r"-?\d{1,30}", data):
            data = int(data)
        if isinstance(data, bool) or not isinstance(data, int):
            raise _wrong(where, "whole number", data)
        return _believable(where, data)
    if kind in (str, bool):
        if not isinstance(data, kind):
            raise _wrong(where, "text" if kind is str else "true/false", data)
        return data
    raise TypeError(f"{where}: no way to read {kind!r}")


def _believable(where: str, value: float) -> Any:
    # Compared first: a whole number of four hundred digits fits in no float.
    if LARGEST < abs(value) < math.inf:
        raise BadProblem(where, TOO_LARGE)
    return value


def _read_dataclass(kind: Any, data: Any, where: str) -> Any:
    if not isinstance(data, dict):
        raise _wrong(where, "object", data)
    hints = typing.get_type_hints(kind, include_extras=True)
    fields = {f.name: f for f in dataclasses.fields(kind) if f.init}
    at = f"{where}." if where else ""
    for name in data:
        if name not in fields:
            known = "、".join(fields)
            raise BadProblem(f"{at}{name}", Said(f"没有这个字段，有：{known}", f"unknown field; there are: {known}"))
    for name, f in fields.items():
        bare = f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
        if bare and name not in data:
            raise BadProblem(f"{at}{name}", Said("缺少此字段", "this field is missing"))
    return kind(**{name: _read(hints[name], value, f"{at}{name}") for name, value in data.items()})


def _numbers(data: Any) -> Any:
    if isinstance(data, list):
        return [_numbers(x) for x in data]
    if isinstance(data, str) and data in ("inf", "-inf", "nan"):
        return float(data)
    return data


def _schema(kind: Any, parts: dict[str, Any]) -> dict[str, Any]:
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        return _schema(args[0], parts)
    if origin in (typing.Union, types.UnionType):
        return {"anyOf": [_schema(a, parts) for a in args]}
    if kind is type(None):
        return {"type": "null"}
    if origin is typing.Literal:
        return {"enum": list(args)}
    if origin is np.ndarray:
        dtype = typing.get_args(args[1])[0]
        of = "boolean" if dtype is np.bool_ else "integer" if np.issubdtype(dtype, np.integer) else "number"
        return {"type": "array", "items": {"anyOf": [{"type": of}, {"type": "array"}]}}
    if origin is tuple and len(args) == 2 and args[1] is Ellipsis:
        return {"type": "array", "items": _schema(args[0], parts)}
    if origin is tuple:
        inner = [_schema(a, parts) for a in args]
        return {"type": "array", "prefixItems": inner, "minItems": len(args), "maxItems": len(args)}
    if origin is frozenset:
        return {"type": "array", "items": _schema(args[0], parts), "uniqueItems": True}
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _schema(args[1], parts)}
    if dataclasses.is_dataclass(kind):
        name = typing.cast(type, kind).__name__
        if name not in parts:
            parts[name] = {}
            hints = typing.get_type_hints(kind, include_extras=True)
            fields = [f for f in dataclasses.fields(kind) if f.init]
            parts[name].update(
                {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {f.name: _schema(hints[f.name], parts) for f in fields},
                    "required": [
                        f.name
                        for f in fields
                        if f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
                    ],
                }
            )
        return {"$ref": f"#/$defs/{name}"}
    words = {float: "number", int: "integer", str: "string", bool: "boolean"}
    return {"type": words[kind]} if kind in words else {}
