"""Tests of the whole daemon."""

import pytest

pytest.register_assert_rewrite("tests.flow.faults")
