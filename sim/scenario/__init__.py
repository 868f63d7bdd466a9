"""Scenario files: schema, loading, layering, units, explanations."""
