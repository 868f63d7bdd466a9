"""What a finished sweep says: regret, fans, the worlds in which something happens."""
