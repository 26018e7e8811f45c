"""Sees the shapes that each forward call really has: replayed before the first step, and in the steps themselves.

`feed` reads what `fit` was given, `replay` runs the forward pass symbolically, `steps` watches the real one through
`tap` and `record`, `literals` asserts sizes that no trace knows, `entrances` minds what raises before any callback.
"""
