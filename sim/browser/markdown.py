"""Markdown of the shipped documents as a tree of plain elements: no raw HTML, no scripts, no links but as text."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode

PLAIN = {
    "paragraph": "p", "bullet_list": "ul", "ordered_list": "ol", "list_item": "li", "strong": "strong", "em": "em",
    "blockquote": "blockquote", "table": "table", "thead": "thead", "tbody": "tbody", "tr": "tr", "th": "th",
    "td": "td",
}  # fmt: skip
"""Nodes that become an element with their children inside. What is not here and not below is left out."""


@dataclasses.dataclass(frozen=True)
class Piece:
    """An element: its tag, what is inside (text or elements), and attributes."""

    tag: str
    inside: tuple[str | Piece, ...]
    attributes: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        """All its text."""
        return "".join(one if isinstance(one, str) else one.text for one in self.inside)

    @property
    def elements(self) -> tuple[Piece, ...]:
        """The elements directly inside, without text between them."""
        return tuple(one for one in self.inside if not isinstance(one, str))


@dataclasses.dataclass(frozen=True)
class Section:
    """A heading of the second level with what follows it; `title` is empty for what stands before the first."""

    title: str
    pieces: tuple[Piece, ...]


def sections_of(text: str) -> list[Section]:
    """A document by its headings of the second level. Its own title is left out."""
    found = [Section("", ())]
    for piece in pieces_of(text):
        if piece.tag == "h2":
            found.append(Section(piece.text, ()))
        elif piece.tag != "h1":
            found[-1] = dataclasses.replace(found[-1], pieces=(*found[-1].pieces, piece))
    return found


def section(text: str, title: str) -> Section:
    """The section whose title ends with some words; an empty one if there is none."""
    return next((one for one in sections_of(text) if one.title.endswith(title)), Section(title, ()))


def table_of(pieces: Sequence[Piece]) -> pd.DataFrame:
    """The first table among some elements as text; empty if there is none."""
    for piece in pieces:
        if piece.tag == "table":
            rows = [[cell.text for cell in row.elements] for part in piece.elements for row in part.elements]
            return pd.DataFrame(rows[1:], columns=rows[0])
    return pd.DataFrame()


@functools.lru_cache(maxsize=16)
def pieces_of(text: str) -> tuple[Piece, ...]:
    """All top-level elements of a document."""
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL))
    return tuple(_inside(SyntaxTreeNode(tokens)))  # type: ignore[arg-type]


def _inside(node: SyntaxTreeNode) -> Iterator[Any]:
    for child in node.children:
        yield from _pieces(child)


def _pieces(node: SyntaxTreeNode) -> Iterator[str | Piece]:
    kind = node.type
    if kind == "inline":
        yield from _inside(node)
    elif kind == "text":
        if node.content:
            yield node.content
    elif kind in ("softbreak", "hardbreak"):
        yield " "
    elif kind == "code_inline":
        yield Piece("code", (node.content,))
    elif kind in ("fence", "code_block"):
        yield Piece("pre", (node.content,))
    elif kind == "hr":
        yield Piece("hr", ())
    elif kind == "heading":
        yield Piece(node.tag, tuple(_inside(node)))
    elif kind == "link":
        yield from _inside(node)
        address = str(node.attrs.get("href", ""))
        if address.startswith(("http://", "https://")) and address != "".join(_texts(node)):
            yield f" ({address})"
    elif kind == "paragraph" and node.hidden:
        yield from _inside(node)
    elif kind in PLAIN:
        yield Piece(PLAIN[kind], tuple(_inside(node)), _attributes(node))


def _texts(node: SyntaxTreeNode) -> Iterator[str]:
    return (child.content for child in node.children if child.type in ("text", "code_inline"))


def _attributes(node: SyntaxTreeNode) -> tuple[tuple[str, str], ...]:
    start = node.attrs.get("start") if node.type == "ordered_list" else None
    head = (("scope", "col"),) if node.type == "th" else ()
    return (("start", str(start)),) if start is not None else head
