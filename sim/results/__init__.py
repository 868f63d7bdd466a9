"""Result folders: run a scenario into one, and read one back."""

from sim.results.read import RunData, read_run
from sim.results.write import run_to_folder

__all__ = ["RunData", "read_run", "run_to_folder"]
