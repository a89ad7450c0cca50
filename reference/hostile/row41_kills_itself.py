# Row 41. Ends itself by a signal.
import os
import signal

os.kill(os.getpid(), signal.SIGKILL)
