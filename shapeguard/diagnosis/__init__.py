"""Finds the smallest repairs that meet every expectation, confirmed by Keras, or says that none was found."""
