"""Reads the shapes of a network out of its program, without running it and without Keras.

    program = read_program(path)        every call that makes a tensor, with its shape; `?` where that is not known
    program.network                     the calls as a `Network`, as a forward pass gives them

An abstract interpreter: it follows the code that makes models, with `layers/` for the shape rules. What it cannot know
is unknown, and a bounded number of steps ends every program.
"""
