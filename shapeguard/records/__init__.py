"""The frozen values that pass between rooms: tuples, no arrays, no behaviour."""
