"""Suspicious constructor calls by source alone: nothing run, no Keras imported."""
