"""What a run is shown as: figures, the console summary and the one-file report. Works from a result folder alone."""
