"""Canonical JSON: the published example of RFC 8785, and what is refused."""

import pytest
from proof import ProofError, canonical, parse


@pytest.mark.feature("X-10")
def test_the_example_of_rfc_8785_gives_its_published_bytes() -> None:
    value = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": '€$\u000f\nA\'B"\\\\"/',
        "literals": [None, True, False],
    }
    assert canonical(value).decode() == (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )


@pytest.mark.feature("X-10")
@pytest.mark.parametrize("value", [float("nan"), 2**60, "\ud800"])
def test_what_json_cannot_hold_exactly_is_refused(value: object) -> None:
    with pytest.raises(ProofError, match="not_canonical"):
        canonical({"value": value})


@pytest.mark.feature("X-10")
@pytest.mark.parametrize("data", [b'{"a":1,"a":2}', b'{"a":NaN}', b"[1]", b'{"a":"\xff"}', b"", b'{"a":' * 5000])
def test_json_that_two_readers_could_read_differently_is_refused(data: bytes) -> None:
    with pytest.raises(ProofError, match="not_json"):
        parse(data)
