# Row 47. Writes a file that only looks large, and more large ones than there is room for.
import os

try:
    with open("sparse", "wb") as file:
        file.truncate(2**40)
except OSError:
    pass
for number in range(12):
    with open(f"large{number}", "wb") as file:
        try:
            for _ in range(15):
                file.write(b"x" * 2**20)
            os.fsync(file.fileno())
        except OSError:
            pass

# <app>
