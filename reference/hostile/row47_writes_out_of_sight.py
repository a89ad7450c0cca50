# Row 47. Nests folders until no path leads to the last one, and writes there.
import os

for _ in range(3_000):
    os.mkdir("d")
    os.chdir("d")
__import__("signal").sigtimedwait([], 5)

# <app>
