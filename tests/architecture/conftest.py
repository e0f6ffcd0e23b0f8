"""What the tests of the permission matrix share."""

from tests.architecture.cast import cast, made_cast

__all__ = ["cast", "made_cast"]
