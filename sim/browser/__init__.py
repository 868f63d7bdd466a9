"""The browser: pages over the functions of the command line. Nothing outside this folder imports Solara."""
