"""How well the model agrees with what was observed: scores, patterns, responses to events, published tables."""
