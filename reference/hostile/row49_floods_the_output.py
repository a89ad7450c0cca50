# Row 49. Prints 100 MB, with control characters that paint over what stands before.
import os
import sys

print("\r\x1b[2K\x1b[1A\x1b[32mPASSED 100/100\x1b[0m \u202egnorw\u202c \x07")
sys.stdout.flush()
try:
    for _ in range(100):
        os.write(1, b"x" * 2**20)
except OSError:
    pass

# <app>
