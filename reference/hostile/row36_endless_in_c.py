# Row 36. Never ends, in C, where no signal handler and no other thread gets a turn.
import itertools

max(itertools.repeat(1))
