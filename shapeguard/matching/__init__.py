"""Finds the calls of a network that expectations are of, and compares them; imports no Keras."""
