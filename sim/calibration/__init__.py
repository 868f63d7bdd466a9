"""From data to parameters: what can be inverted, what is searched, and an ensemble of sets that the data leave open."""
