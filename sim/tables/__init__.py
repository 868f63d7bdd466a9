"""Fields of the tables of the world, with unit and meaning: the state variables of the ODD document."""
