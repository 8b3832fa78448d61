"""iCalendar (RFC 5545): an all-day event for each dated row of a document's body, or one at a time of day.

Reads `body["events"]`: `{uid, date, summary, description}`, and `at` where a time of day is meant. A document
without them has no calendar. What the calendar rests on is its own description (RFC 7986; programs that know
only the older name read the same there).
"""

from offramp.core.errors import OfframpError
from offramp.core.instants import format_instant
from offramp.report.document import DISCLAIMER, Document

OCTETS_PER_LINE = 75


def render(document: Document) -> str:
    """One VCALENDAR with CRLF line ends and lines folded at 75 octets."""
    if "events" not in document.body:
        raise OfframpError(
            "format-without-dates",
            f"`{document.schema}` has no dates to put into a calendar",
            help="use --format text, json or csv",
        )
    stamp = _stamp(format_instant(document.at.replace(microsecond=0)))
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//offramp//plan//EN", "CALSCALE:GREGORIAN"]
    if document.is_legal_matter:
        about = "\n".join((*document.attributions, DISCLAIMER))
        lines += [f"DESCRIPTION:{_text(about)}", f"X-WR-CALDESC:{_text(about)}"]
    for event in document.body["events"]:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{_text(event['uid'])}",
            f"DTSTAMP:{stamp}",
            f"DTSTART:{_stamp(event['at'])}"
            if "at" in event
            else f"DTSTART;VALUE=DATE:{event['date'].replace('-', '')}",
            f"SUMMARY:{_text(event['summary'])}",
            f"DESCRIPTION:{_text(event['description'])}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(_folded(line) for line in lines)


def _stamp(text: str) -> str:
    return text.replace("-", "").replace(":", "")


def _text(value: str) -> str:
    """TEXT as section 3.3.11 escapes it; other control characters are left out."""
    escaped = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    escaped = escaped.replace("\r\n", "\n").replace("\n", "\\n")
    return "".join(character for character in escaped if character >= " " or character == "\t")


def _folded(line: str) -> str:
    """Section 3.1: at most 75 octets a line, continued after a space, never inside a character."""
    parts, current, room = [], "", OCTETS_PER_LINE
    for character in line:
        size = len(character.encode())
        if size > room:
            parts.append(current)
            current, room = " ", OCTETS_PER_LINE - 1
        current += character
        room -= size
    return "\r\n".join((*parts, current)) + "\r\n"
