"""Studies: many worlds of one or several scenarios, and what can be said from them."""
