"""EMA Workbench, imported when it is first needed: it takes seconds to import, and warns of what we do not use."""

from __future__ import annotations

import contextlib
import importlib
import warnings
from collections.abc import Iterator
from typing import Any

from sim.errors import InputError


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Silence what the workbench says about itself: engines that are not installed, and its own use of pandas."""
    with warnings.catch_warnings():
        for message in (
            "ipyparallel not installed",
            "altair based interactive",
            "The inplace keyword",
            "Copy-on-Write",
        ):
            warnings.filterwarnings("ignore", message=message)
        yield


def workbench(module: str) -> Any:
    """A module of `ema_workbench.analysis`, such as `prim`. Raises InputError if it is not installed."""
    with quiet():
        try:
            return importlib.import_module(f"ema_workbench.analysis.{module}")
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] != "ema_workbench":
                raise
            raise InputError(
                "needs EMA Workbench: pip install 'weightshift[discover]' (or pip install ema_workbench)"
            ) from None
