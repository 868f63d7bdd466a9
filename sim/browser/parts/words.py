"""Text as text: what a visitor wrote never becomes part of the page's code."""

from __future__ import annotations

from typing import Any

import reacton.ipyvuetify as v


def words(tag: str, text: str, classes: str = "", style: str = "", **attributes: str) -> Any:
    """An element that holds plain text."""
    return v.Html(tag=tag, children=[text], class_=classes, style_=style, attributes=attributes)
