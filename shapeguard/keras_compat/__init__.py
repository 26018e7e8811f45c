"""The doors to Keras: its private names, its training methods, its call paths, its import."""
