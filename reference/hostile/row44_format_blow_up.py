# Row 44. A few characters that ask for a terabyte.
"%*d" % (2**40, 1)
