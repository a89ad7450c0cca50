# Row 57. Needs a library that the kata does not have.
import pandas

# <app>
