import pytest

pytest.register_assert_rewrite("tests.stages.listed")  # its assertions say as much as those of a test file
