# Row 47. Writes outside its folder.
import os
import sys
import tempfile

NAME = "kata_hostile_row47"
PLACES = ("/", "/tmp", "/var/tmp", "/dev/shm", "..", os.path.dirname(os.__file__))

for place in (*PLACES, tempfile.gettempdir(), *sys.path):
    try:
        with open(os.path.join(place, NAME), "w") as file:
            file.write("#")
    except OSError:
        pass

# <app>
