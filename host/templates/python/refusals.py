"""How the stage refuses a call: with the contract's errors, which Serene passes on. None of them repeats a text."""

from componentize_py_types import Err
from wit_world.imports.types import Error_Invalid, Error_TooLarge, Fault


def invalid(message, *extras):
    """The call breaks a rule of the contract or of the stage. Extras are facts: pairs of a name and a value."""
    return Err(Error_Invalid(Fault(message, None, list(extras))))


def within(what, limit, actual):
    """Refuses what is over a limit, and says by how much."""
    if actual > limit:
        message = f"There are {actual} {what}, and at most {limit} are taken."
        raise Err(Error_TooLarge(Fault(message, None, [("limit", str(limit)), ("actual", str(actual))])))
