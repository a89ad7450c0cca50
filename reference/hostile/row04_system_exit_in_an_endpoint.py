# Row 4. Ends the program instead of answering.
import sys

# <app>


@app.middleware("http")
async def leave(request, call_next):
    sys.exit(0)
