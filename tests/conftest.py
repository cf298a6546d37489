"""Settings of all tests."""

from hypothesis import settings

# The same examples in every run; a busy machine is no fault of the code.
settings.register_profile("nudp", derandomize=True, deadline=None)
settings.load_profile("nudp")
