"""What keeps a fix from being proven if the program stopped before its end, in the words of messages."""

GETS_PAST = "gets past this fault; Keras refuses another call behind it"
COMES_TO_TARGETS = "gets past this fault; the targets do not fit what comes out"
PAST = frozenset({GETS_PAST, COMES_TO_TARGETS})
HALF_WAY = "Keras builds the model as far as the program got"
OTHER_FAULTS = "other faults remain"
