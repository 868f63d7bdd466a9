"""Plain values as YAML text on one line."""

from __future__ import annotations

import io
from typing import Any


def inline(value: Any) -> str:
    """A value in flow style, without line breaks."""
    from ruamel.yaml import YAML

    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = True
    yaml.width = 1_000_000
    yaml.allow_unicode = True
    stream = io.StringIO()
    yaml.dump({"v": value}, stream)
    return stream.getvalue().strip().removeprefix("{v: ").removesuffix("}")
