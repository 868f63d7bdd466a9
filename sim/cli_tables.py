"""A console for tables: as wide as the terminal, and plain when piped."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def plain_console() -> Console:
    """Rich on a terminal; without colours and line breaks where a program or a file reads."""
    from rich.console import Console

    console = Console(highlight=False)
    return console if console.is_terminal else Console(width=400, highlight=False, no_color=True, soft_wrap=True)
