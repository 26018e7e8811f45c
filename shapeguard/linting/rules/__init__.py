"""One rule of `lint` a file."""
