"""Files inside requests: `data:` URLs, and the text of those that are nothing but text."""

import base64
import binascii
import re
from typing import Final, NamedTuple

PDF: Final = "application/pdf"

_DATA_URL: Final = re.compile(r"data:([A-Za-z0-9.+-]+/[A-Za-z0-9.+-]+)(?:;[A-Za-z0-9=.-]+)*;base64,")


class DataUrl(NamedTuple):
    """A value inside a URL."""

    media_type: str
    data: str
    """Base64, as it came."""


def is_data_url(url: str) -> bool:
    """Whether `url` holds its value, in whatever form."""
    return url.startswith("data:")


def read_data_url(url: str) -> DataUrl | None:
    """The value in `url`; None where it is none that names its media type and is base64."""
    match = _DATA_URL.match(url)
    return DataUrl(match.group(1), url[match.end() :]) if match else None


def data_url(media_type: str, data: str) -> str:
    """`data`, base64, as a URL."""
    return f"data:{media_type};base64,{data}"


def plain_text(data: str) -> str | None:
    """The text that base64 `data` is; None where it is none."""
    try:
        return base64.b64decode(data, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None
