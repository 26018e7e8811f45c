"""Where a frame is, as Python itself moves it."""

import sys

from shapeguard.source import frames


class Indexed:
    """Tells at which instruction the frame is that indexes it."""

    def __getitem__(self, key):
        frame = sys._getframe(1)
        return frames.instruction_at(frame.f_code, frame.f_lasti)


def test_an_instruction_is_the_same_once_python_has_specialised_it():
    indexed = Indexed()
    assert len({indexed[place] for place in range(200)}) == 1
    assert indexed[0] != indexed[0]  # two places, on one line
