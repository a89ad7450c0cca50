# Row 11. Asks the test framework to skip the rest.
import pytest

pytest.skip("nothing to see here", allow_module_level=True)
