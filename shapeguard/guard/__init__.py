"""The guard: callback, decorator and context manager; the only room that raises and warns."""
