"""The only room that touches Keras' private side: its names, texts, training methods, call paths and import."""
