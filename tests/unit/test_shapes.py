"""What is searched for in dumps and logs is found there, however it was written."""

import base64

import pytest

from tests.acceptance.dumping import shapes_of

_SECRET = "marked 7 copper lanterns swing"


@pytest.mark.parametrize("before", range(4))
@pytest.mark.parametrize("after", range(4))
def test_p50_a_secret_is_found_in_base64_wherever_it_stands(before: int, after: int) -> None:
    """P50: among other bytes, in both alphabets."""
    raw = b"x" * before + _SECRET.encode() + b"y" * after
    for encoded in (base64.b64encode(raw), base64.urlsafe_b64encode(raw)):
        assert any(shape in encoded.decode() for shape in shapes_of(_SECRET))


@pytest.mark.parametrize(
    "written",
    [
        f"password={_SECRET}",
        _SECRET.encode().hex(),
        str(b"\xff" + _SECRET.encode()),
        str(_SECRET.encode("utf-16-le")),
        (_SECRET.encode("utf-16-be") + b"\xff").decode("latin-1"),
        "q=marked%207%20copper%20lanterns%20swing",
        "q=marked+7+copper+lanterns+swing",
    ],
)
def test_p50_a_secret_is_found_as_it_is_written(written: str) -> None:
    """P50: also as an address, as bytes, and in UTF-16; another is not taken for it."""
    assert any(shape in written for shape in shapes_of(_SECRET))
    assert not any(shape in written for shape in shapes_of("marked 8 copper lanterns swing"))
