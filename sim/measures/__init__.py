"""What is observed of a run: the metrics of the economy, from its monthly history, as one long table."""

from sim.measures.registry import Metric
from sim.measures.table import METRICS, measure, measure_month, table_of_metrics
from sim.measures.windows import window_unit, window_value

__all__ = ["METRICS", "Metric", "measure", "measure_month", "table_of_metrics", "window_unit", "window_value"]
