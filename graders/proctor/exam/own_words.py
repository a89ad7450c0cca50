"""What learners' tests say, as far as it is the learner's own.

A test's name and an error's text may be made of anything that the test could read.
"""

from __future__ import annotations

import re

from msgspec.structs import replace

from graders.wire import RanTests

_ELSEWHERE = "…"
_WORD = re.compile(r"\w+")
# Longer than words are; what has a digit in it is no word from here on.
_LONG, _LONG_WITH_DIGIT = 32, 5


def own_words(ran: RanTests, source: str, service: str) -> RanTests:
    """What came of the tests, in words that are the learner's own.

    Args:
        source: the text of the file.
        service: the text of what is tested, as the learner has it.
    """
    texts = source, service
    outcomes = [
        replace(one, name=own_name(one.name, source), text=own_text(one.text, *texts))
        for one in ran.outcomes
    ]
    return replace(ran, outcomes=outcomes, trouble=own_text(ran.trouble, *texts))


def own_name(name: str, source: str) -> str:
    """The name of a test, with those of its parameters that stand in its file.

    Args:
        name: as pytest has it: `test_it[first-2]`.
        source: the text of the file.
    """
    function, bracket, rest = name.partition("[")
    if not bracket:
        return function
    inner = rest.removesuffix("]")
    if inner in source:
        return name
    parts = [part if part in source else _ELSEWHERE for part in inner.split("-")]
    return f"{function}[{'-'.join(parts)}]"


def own_text(text: str, *known: str) -> str:
    """An error's text without what looks like data and stands in no known text.

    Args:
        known: the submission's text, and others that the learner has.
    """

    def shown(found: re.Match[str]) -> str:
        word = found[0]
        longest = _LONG_WITH_DIGIT if re.search(r"\d", word) else _LONG
        strange = len(word) > longest and not any(word in one for one in known)
        return _ELSEWHERE if strange else word

    return _WORD.sub(shown, text)
