"""Every limit in real time, processor time or work, of both sides, and what it means.

Four kinds, and no other: none decides a verdict by the speed of the machine.
"""

# --- units of work --------------------------------------------------------------------
# One unit is what the machine on which they were chosen did in a millisecond; see
# `graders.wire.work`. Innocent work stays below a third of these, and what must be
# found is three times as much.

# One callback of the event loop. Innocent ones are below 50: a garbage collection, a
# first request.
ONE_PIECE = 150
# Small pieces of one request add up, fifty of 5 as well as ten of 25. What is shorter
# than a small piece is what every request does...
SMALL_PIECE, SMALL_PIECES = 4, 200
# ...unless there are so many that their sum is beyond doubt. Even shorter ones are the
# price of awaiting, and belong to nobody.
TINY_PIECE, TINY_PIECES = 1, 1000
# What a callback may do while somebody wants to look where it computes: no more than a
# tiny piece, or such pieces would never be seen.
UNSEEN = 1
# What a thread may still have to do when the event loop joins it without a word.
JOINED = 20
# What a thread that holds a lock may do while the event loop waits for that lock.
LOCKED = 250
# What a thread may do before another one, which waits for its turn, goes on beside it.
ALONE = 100
# Thousands of units: what one turn of a host may take (all its threads together), and
# what all of them may take. The first is what a learner is told as seconds.
ONE_TURN = 5
ALL_TURNS = 120
# In real time: when the line of a callback that still runs is told, in case its host
# must be stopped.
OVERRUN = 2

# --- patience -------------------------------------------------------------------------
# Real seconds for something that is over in far less, but depends on other threads and
# processes. A slow machine gets more of it; see `Machine.patience`.

# Where no thread is busy only their comings and goings take locks.
QUIET_LOCK = 0.03
# A lock that another thread holds for a moment is no finding, and on a busy machine the
# moment lasts until the holder gets the processor back.
LOCK = 0.25
# Until a thread that is joined, and does not move, counts as asleep.
JOIN = 2.0
# Until something outside the exam (a program, a descriptor of the submission's own) has
# written what the event loop waits for.
OUTSIDE = 0.05
# Until the zygote knows where threads wait for the GIL.
GIL = 1.0

# --- asleep ---------------------------------------------------------------------------
# Real seconds after which somebody looks whether a thread sleeps. What it then finds
# decides, not how long it took: the same on any machine.

# The event loop has waited so long for threads that count as busy.
STUCK = 2.0
# A host that does next to nothing for so long has come to a stop: it uses less than
# IDLE of the time that passes. A busy machine leaves more to one that computes, and one
# that imports its libraries first gets more time.
SILENT, SILENT_WITH_IMPORTS = 20.0, 60.0
IDLE = 0.05
# In so long a thread that could run would have run: the GIL is free.
REST = 0.1
# Between two looks at the event loop's thread. An unseen sleep is at most twice as
# long.
SAMPLE = 0.005
# Between two looks at a thread that is joined, or on its way.
GLANCE = 0.001
# Between two questions to who waits for a descriptor, while other threads work.
GLANCE_OUTSIDE = 0.02
# So long in one call of the kernel, without a nanosecond of computing, is no moment's
# wait for a lock of the interpreter's own.
SOUND = 0.03
# Between two looks at a silent host.
LOOK = 0.25
# Turns that together last so long may have written more to the disk than there is room
# for.
LONG_TURN = 0.05

# --- budgets --------------------------------------------------------------------------
# What nobody comes near without an endless loop, or a bad intent: the longest right
# submissions take a tenth of each.

# Real seconds of a submission's own: it computes or sleeps, and does not wait for a
# processor that others use. A slow machine gives more; see `Machine.patience`.
# One turn, however often something is said in it...
TURN = 60.0
# ...and all turns of all checks, with what the proctor computes for them.
SUBMISSION = 180.0
# What a host may say in one check, so that nothing that is kept of it can fill the
# memory of who listens: messages, values within the plain data that they carry, bytes,
# and the bytes of one turn, which are read before anything can be counted.
MESSAGES = 20_000
VALUES = 500_000
BYTES = 16 * 2**20
TURN_BYTES = 3 * 2**20
