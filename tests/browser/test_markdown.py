"""Markdown of documents as plain elements."""

from __future__ import annotations

from collections.abc import Iterator

from sim.browser.documents import text_of
from sim.browser.markdown import Piece, pieces_of, section, sections_of

SAFE = {
    "p", "ul", "ol", "li", "strong", "em", "blockquote", "table", "thead", "tbody", "tr", "th", "td", "code", "pre",
    "hr", *(f"h{level}" for level in range(1, 7)),
}  # fmt: skip


def each(pieces: tuple[Piece, ...]) -> Iterator[Piece]:
    for piece in pieces:
        yield piece
        yield from each(tuple(one for one in piece.inside if isinstance(one, Piece)))


def test_html_and_scripts_stay_text_or_vanish() -> None:
    text = "Before <script>alert(1)</script> <!-- note --> [x](javascript:alert(1))\n\n<img src=x onerror=alert(1)>\n"
    found = pieces_of(text)
    assert {piece.tag for piece in each(found)} == {"p"}
    assert "note" not in found[0].text
    assert "<script>alert(1)</script>" in found[0].text  # as words on the page, never as an element


def test_links_to_outside_show_their_address_and_links_within_only_their_words() -> None:
    (outside,) = pieces_of("See [the licence](https://example.org/by/4.0) and [limits](limits.md#x).")
    assert outside.text == "See the licence (https://example.org/by/4.0) and limits."
    assert pieces_of("<https://example.org>")[0].text == "https://example.org"


def test_lists_go_on_counting_and_tight_items_hold_plain_text() -> None:
    (numbered,) = pieces_of("3. `one.two`\n4. *three*\n")
    assert numbered.tag == "ol"
    assert dict(numbered.attributes) == {"start": "3"}
    assert [one.tag for one in numbered.inside if isinstance(one, Piece)] == ["li", "li"]
    assert numbered.inside[0].inside == (Piece("code", ("one.two",)),)  # type: ignore[union-attr]


def test_sections_are_cut_at_headings_of_the_second_level() -> None:
    found = sections_of("# Title\n\nLead.\n\n## 1 First\n\nText\n\n### Part\n\n## Second\n")
    assert [one.title for one in found] == ["", "1 First", "Second"]
    assert [piece.tag for piece in found[1].pieces] == ["p", "h3"]
    assert section("## 1 First\n\nText", "First").pieces[0].text == "Text"
    assert section("", "First").pieces == ()


def test_shipped_documents_become_known_elements_only() -> None:
    for name in ("limits", "odd", "misfits", "data", "data_licences"):
        found = pieces_of(text_of(name))
        assert {piece.tag for piece in each(found)} <= SAFE
        assert sum(piece.tag == "h2" for piece in found) >= (name in ("limits", "odd"))
        assert any(piece.tag == "table" for piece in each(found)) or name in ("limits", "data_licences")
