# Row 62. Leaves modules, caches and settings where the next submission would find them.
import os
import site
import sys
import sysconfig

NAME = "kata_hostile_row62"
PLACES = [
    os.getcwd(),
    os.path.dirname(os.getcwd()),
    "/tmp",
    sysconfig.get_path("purelib"),
    site.getusersitepackages(),
    *sys.path,
]
for place in PLACES:
    for ending in (".py", ".pth"):
        try:
            os.makedirs(place, exist_ok=True)
            with open(os.path.join(place, NAME + ending), "w") as file:
                file.write("# left by row 62\n")
        except OSError:
            pass
sys.dont_write_bytecode = False
sys.path.insert(0, "/tmp")
os.environ["PYTHONPATH"] = "/tmp"

import fastapi  # noqa: E402

fastapi.kata_hostile_row62 = True

# <app>
