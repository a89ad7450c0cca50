# Row 43. Calls itself for ever, and has raised the limit before.
import sys

sys.setrecursionlimit(2**31 - 1)


def deeper():
    held = bytes(2**18)
    return deeper(), held


deeper()
