# Row 20. Looks for words of the suite in every object that it can reach; /found tells.
import __main__
import gc
import hashlib
import linecache
import re
import sys
import threading
import types

DIGESTS: frozenset[str] = frozenset()  # of words that the test fills in
WORD = re.compile(r"\w{12,}")

# <app>


def texts(value):
    """The text in an object, as far as it has any."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, bytes | bytearray):
        yield value.decode("latin-1")
    elif isinstance(value, types.CodeType):
        yield from (value.co_filename, value.co_qualname, *value.co_names)
        for constant in value.co_consts:
            yield from texts(constant)


def reachable():
    """All objects: what the collector knows, what they refer to, frames and modules."""
    gc.unfreeze()
    known = gc.get_objects()
    yield from known
    yield from gc.get_referents(*known)
    for frame in [*sys._current_frames().values()]:
        while frame is not None:
            yield frame.f_code
            yield from frame.f_locals.values()
            yield from frame.f_globals.values()
            frame = frame.f_back
    for name, module in [*sys.modules.items()]:
        yield name
        yield from vars(module).values()
    for entry in linecache.cache.values():
        yield from (part for part in entry if isinstance(part, str))
        yield from entry[2] if len(entry) > 2 else ()
    yield from vars(__main__).values()
    yield from sys.argv
    yield from threading.enumerate()


@app.get("/found")
def found():
    words, seen = set(), set()
    for value in reachable():
        if id(value) not in seen:
            seen.add(id(value))
            for text in texts(value):
                words.update(WORD.findall(text))
    digests = {hashlib.sha256(word.encode()).hexdigest()[:16]: word for word in words}
    return [digests[one] for one in DIGESTS & digests.keys()]
