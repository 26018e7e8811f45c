"""The rules of `shapeguard lint`, one module per rule."""
