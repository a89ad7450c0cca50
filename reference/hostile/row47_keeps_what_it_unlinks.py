# Row 47. Writes 150 MB to files that are open and have no name any more.
import os

held = []
for number in range(10):
    held.append(os.open(f"f{number}", os.O_RDWR | os.O_CREAT))
    os.unlink(f"f{number}")
    os.write(held[-1], bytes(15 * 2**20))

# <app>
