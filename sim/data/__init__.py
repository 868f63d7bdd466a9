"""Frozen input tables; origin, licence and units of each are in README.md."""
