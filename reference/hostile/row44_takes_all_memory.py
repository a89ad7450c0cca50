# Row 44. Takes memory until there is none (or 4 GB, where nobody stops it).
blocks = []
while len(blocks) < 256:
    blocks.append(bytearray(2**24))

# <app>
