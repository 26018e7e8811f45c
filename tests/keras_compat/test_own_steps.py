"""What is left out while a step of the user's own is taken again on symbols."""

import threading

import keras
import numpy as np

from shapeguard.keras_compat.own_steps import left_out


def update(variable, optimizer):
    optimizer.apply([keras.ops.ones((2,))], [variable])


def test_nothing_is_updated_here_while_another_thread_trains_on():
    variables = [keras.Variable(np.zeros(2, "float32")) for _ in range(2)]
    optimizers = [keras.optimizers.SGD(1.0) for _ in range(2)]
    with left_out():
        update(variables[0], optimizers[0])
        other = threading.Thread(target=update, args=(variables[1], optimizers[1]))
        other.start()
        other.join()
        drawn = keras.random.normal((2, 3))
    assert [keras.ops.convert_to_numpy(each).tolist() for each in variables] == [[0, 0], [-1, -1]]
    assert isinstance(drawn, keras.KerasTensor)
    assert drawn.shape == (2, 3)


def test_everything_is_as_before_afterwards():
    before = {**vars(keras.optimizers.Optimizer)}, {**vars(keras.random)}
    with left_out():
        assert keras.random.normal is not before[1]["normal"]
    assert ({**vars(keras.optimizers.Optimizer)}, {**vars(keras.random)}) == before
