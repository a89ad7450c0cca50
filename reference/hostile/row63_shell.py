# Row 63. Starts a shell by every other way there is, and goes on without.
import os

for start in (
    lambda: os.system("true"),
    lambda: os.popen("true").read(),
    lambda: os.posix_spawn("/bin/true", ["true"], {}),
    lambda: os.fork() or os._exit(0),
):
    try:
        start()
    except OSError:
        pass

# <app>
