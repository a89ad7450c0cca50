# Row 24. Looks for what only a grader would have; /found tells.
import os
import socket
import sys

# <app>

SIGNS = ("pytest", "PYTEST", "GITHUB", "autograd", "suite", "proctor")


@app.get("/found")
def found():
    values = {
        "argv": sys.argv,
        "environ": [*os.environ, *os.environ.values()],
        "modules": list(sys.modules),
        "path": sys.path,
        "cwd": [os.getcwd()],
        "host": [socket.gethostname()],
    }
    return {
        place: [value for value in found if any(sign in value for sign in SIGNS)]
        for place, found in values.items()
    }
