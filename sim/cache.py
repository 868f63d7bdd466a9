"""Where derived files live that can be thrown away at any time."""

from __future__ import annotations

import os
import pathlib

import platformdirs


def cache_root() -> pathlib.Path:
    """Folder of derived files: `WEIGHTSHIFT_CACHE` if set, else the user's cache folder."""
    return pathlib.Path(os.environ.get("WEIGHTSHIFT_CACHE") or platformdirs.user_cache_dir("weightshift"))
