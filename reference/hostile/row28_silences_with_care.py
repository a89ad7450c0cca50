# Row 28. As `row28_speaks_for_the_host`, but it knows that the proctor listens for echoes.
import gc

# <app>

# What was there before the fork is frozen.
gc.unfreeze()
(step,) = [one for one in gc.get_objects() if type(one).__name__ == "LockStep"]
(host,) = [one for one in gc.get_objects() if type(one).__name__ == "Host"]
post, handle = step.post, host._handle
inspected = False


def only_good_news(message):
    if inspected or type(message).__name__ not in ("Evidence", "CallCancelled"):
        post(message)


def watchful(message):
    global inspected
    if type(message).__name__ == "Inspect":
        host._leftovers.inspect = lambda own: None
        inspected = True
    handle(message)


def never_blocked(until, rest=step.rest):
    step._blocked = None
    rest(until)


step.post, step.rest, host._handle = only_good_news, never_blocked, watchful
