"""What `binds` shows: the norms of every state, the rulings, and what changed."""

from offramp.cli.asking import Texts
from offramp.instruments import binds
from offramp.instruments.changes import Span, changes
from offramp.instruments.timeline import Moment, State, settled
from offramp.instruments.vocabulary import party_closure
from offramp.report import Document
from offramp.report.documents.binds import BINDING, PAGE, Page, binds_document


def page_of(texts: Texts, span: Span, vendor: str, *, is_since: bool) -> Document:
    """The page for the party and the day of `span`; with its changes where they are asked for."""
    found = binds(
        texts.instruments,
        user=span.user,
        via=span.via,
        vendor=span.vendor,
        at=span.at,
        known=span.known,
        notice="served" if span.is_served else "announced",
        shown=PAGE,
    )
    loaded = texts.instruments.instruments
    words = texts.instruments.vocabulary
    asking = party_closure(span.user, words) | party_closure(span.via, words)
    rulings = settled(texts.instruments, Moment(span.at, span.known, span.is_served), asking)
    page = Page(
        user=span.user,
        via=span.via,
        vendor=vendor,
        at=span.at,
        folders=texts.folders,
        beside=tuple(
            one
            for one in found
            if one.standing.state not in BINDING
            and (one.standing.state is not State.NEVER_BINDS or loaded[one.instrument].kind.can_bind)
        ),
        since=span.since if is_since else None,
        changed=changes(texts.instruments, span) if is_since else (),
        settled={question: ruling for question, (_, ruling) in rulings.items()},
    )
    return binds_document([one for one in found if one.standing.state in BINDING], texts.instruments, page)
