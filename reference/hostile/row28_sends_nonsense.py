# Row 28. Sends messages of the right form that make no sense.
import sys

# <app>

MESSAGE = ""  # an expression that the test fills in

step = sys.modules["graders.host.clock.current"].Current.step
wire = sys.modules["graders.wire"]


@app.middleware("http")
async def speak(request, call_next):
    said = eval(MESSAGE, vars(wire))
    if isinstance(said, wire.Rest):
        step.channel.send(said)
    else:
        step.post(said)
    return await call_next(request)
