# Row 28. Floods the grader with evidence, each piece a page long.
import sys

# <app>

step = sys.modules["graders.host.clock.current"].Current.step
wire = sys.modules["graders.wire"]


@app.middleware("http")
async def flood(request, call_next):
    for number in range(2_000):
        step.post(wire.Evidence("never awaited", f"{number} " + "x" * 1_000, 0))
    return await call_next(request)
