# Row 42. Crashes the interpreter itself.
import ctypes

ctypes.string_at(0)
