"""What happens to an article's address, told to whoever listens: spiders tell, the outcomes extension counts."""

from __future__ import annotations

#: Discovery schedules an address. Arguments: ``address`` (canonical), ``via``, ``again`` (whether an
#: earlier run tried it and got no record).
address_scheduled = object()

#: In a run over a range: a page says when it was published. Arguments: ``address``, ``published_at``.
article_dated = object()

#: The one outcome of a scheduled address is known. Arguments: ``address``, ``outcome``, ``reason``, ``response``
#: (the answer, where there was one), and with OUT_OF_RANGE ``published_at``.
address_finished = object()

#: Records that a pipeline holds are to be written now. No arguments.
write_held = object()

#: The site said no in an answer that looks good (status 200). Arguments: ``kind``, ``url``.
page_refused = object()

#: An answer held what was asked for: the site lets us read.
welcomed = object()

#: A source, which may have had addresses before, names none now. Arguments: ``source``, ``url``.
source_empty = object()
