"""weightshift: an agent-based economic simulation of the AI stack.

    >>> import sim
    >>> scenario = sim.load_scenario("baseline", overrides={"developers.count": 500})
    >>> table = sim.run(scenario, seed=1).timeseries

Nothing heavy is imported until one of the two functions is called, so that the command line starts at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pathlib

    from sim.scenario.model import Scenario

__version__ = "0.1.0"
__all__ = ["__version__", "load_scenario", "run"]


def load_scenario(path_or_id: str | pathlib.Path, overrides: Mapping[str, Any] | None = None) -> Scenario:
    """Read a scenario file, or a shipped scenario by its id, with everything it extends.

    `overrides` maps parameter paths to values and is the strongest layer, like `--set` on the command line. A value is
    a number in the parameter's unit, text with a unit (`"0.40 CNY/kWh"`), the name of an option, or a mapping from
    months (`"2026-01"`) to such values, which holds from its first month on.

    Raises `sim.errors.InputError`, one line with file, line and key, if anything in it cannot be used.
    """
    from sim.scenario.load import load_scenario as load

    return load(path_or_id, overrides=overrides)


def run(scenario: Scenario, seed: int = 1) -> Any:
    """Simulate one world of a scenario; the same scenario and seed give the same bytes.

    The result's `.timeseries` is the long table of all metrics (date, metric, key, unit, value). Raises
    `sim.errors.RunError` if an account does not close.
    """
    from sim.economy import run_scenario

    return run_scenario(scenario, seed=seed)
