# Row 45. Starts processes that start processes (at most 63, where nobody stops it).
import os
import time

for _ in range(6):
    try:
        child = os.fork()
    except OSError:
        break
    if child == 0:
        children = True
if globals().get("children"):
    time.sleep(20)
    os._exit(0)

# <app>
