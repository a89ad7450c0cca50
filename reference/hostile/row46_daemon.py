# Row 46. Leaves a process behind in a session of its own (for a minute at most).
import os
import time

try:
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(60)
        os._exit(0)
    os.wait()
except OSError:
    pass

# <app>
