# Row 41. Stops itself: silent, and not even waiting.
import os
import signal

os.kill(os.getpid(), signal.SIGSTOP)
