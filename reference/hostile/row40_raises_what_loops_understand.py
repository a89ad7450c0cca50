# Row 40. Raises what a generator or a loop takes for something else.
import itertools

# <app>

kinds = itertools.cycle([GeneratorExit, StopIteration, StopAsyncIteration])


@app.middleware("http")
async def leave(request, call_next):
    raise next(kinds)
