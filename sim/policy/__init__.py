"""Dated instruments of governments and the law that they make."""
