"""How plausible a repair is."""
