"""Labels, prompts and notes that the site prints in and around prose (docs/extend/site.md#boilerplate)."""

from __future__ import annotations

import re

from newscrawler.pages.captions import CREDIT_LABEL
from newscrawler.pages.dates import LOCAL_DATE, VISIBLE_DATE
from newscrawler.pages.text import is_site_name


def _starts(text: str) -> frozenset[str]:
    """The first two letters of each phrase of a pattern, in lower case."""
    return frozenset(text.split("|"))


def _may_begin(text: str, starts: frozenset[str]) -> bool:
    """A first look at a text's first two letters, a tenth as dear as a pattern of phrases: few texts begin as they do.

    Behind a mark may stand whatever the pattern finds there.
    """
    return text[:2].lower() in starts or not (text[:1].isalnum() or text[:1] == "_")


_DEVELOPING_WHOLE = re.compile(
    r"\W*(?:(?:breaking|urgent)\W+)?(?:(?:more )?(?:details|updates?|information|news) (?:are |is )?to (?:follow|come)"
    r"|more to (?:follow|come)|details (?:are )?(?:to )?follow(?:ing)?(?: soon| shortly)?"
    r"|(?:this (?:story )?is )?a (?:breaking|developing)(?: news)? story\b.{0,60}|developing story\b.{0,60}"
    r"|(?:this )?story (?:is )?(?:developing|(?:being |to be )updated)\b.{0,60}|to be updated"
    r"|(?:this )?(?:article|page|story) (?:is being|will be) updated\b.{0,60})\W*",
    re.IGNORECASE,
)
#: Its kin in the other languages: a paragraph of its own.
_DEVELOPING_ELSEWHERE = re.compile(
    r"\W*(?:"
    # Spanish
    r"(?:noticia|informaci[oó]n|nota|historia) en (?:desarrollo|proceso)"
    r"|(?:m[aá]s )?(?:detalles|informaci[oó]n)\W+(?:en breve|a continuaci[oó]n|en instantes|pr[oó]ximamente)"
    r"|(?:pronto|en breve)\W+m[aá]s (?:detalles|informaci[oó]n)"
    # French
    r"|(?:plus (?:de |d['’] ?))?(?:d[eé]tails|informations?)(?: suppl[eé]mentaires)?"
    r"\W+(?:[aà] (?:suivre|venir)|suivent)"
    r"|(?:article|d[eé]p[eê]che|information) en cours (?:de|d['’]) ?(?:r[eé]daction|mise [aà] jour|actualisation)"
    r"|(?:cet )?article (?:va|sera) [eê]tre (?:mis [aà] jour|compl[eé]t[eé])|[aà] suivre"
    # German
    r"|(?:(?:weitere|mehr|n[aä]here) )?(?:details|einzelheiten|infos|informationen)"
    r"\W+(?:folgen|in k[uü]rze)(?: in k[uü]rze)?"
    r"|mehr in k[uü]rze|(?:es )?folgen weitere (?:details|einzelheiten|informationen)"
    r"|(?:diese[r]? )?(?:meldung|artikel|beitrag|nachricht) wird (?:laufend |gerade )?(?:aktualisiert|erg[aä]nzt)"
    # Russian
    r"|(?:подробности|детали)\W+(?:следуют|позже|ниже|скоро|уточняются|будут позже)"
    r"|(?:новость|материал|сообщение|текст) (?:дополняется|обновляется|будет дополнен[ао]?)"
    r"|информация (?:уточняется|обновляется|дополняется)"
    # Arabic
    r"|(?:مزيد من )?(?:ال)?تفاصيل\W+(?:أوفى )?(?:لاحق[اً]{1,2}|تتبع|بعد قليل|يتبع)|(?:و)?يتبع|المزيد لاحق[اً]{1,2}"
    # Serbian, in both scripts
    r"|(?:више )?(?:детаљи|детаља|информација)\W+(?:следе|ускоро|у наставку)"
    r"|(?:вест|текст) се (?:допуњује|ажурира)|(?:више|опширније)\W+(?:ускоро|следи)"
    r"|(?:više )?(?:detalji|detalja|informacija)\W+(?:slede|uskoro|u nastavku)"
    r"|(?:vest|tekst) se (?:dopunjuje|ažurira)|(?:više|opširnije)\W+(?:uskoro|sledi)"
    r")\W*",
    re.IGNORECASE,
)
_DEVELOPING_STARTS = _starts(
    "a |ar|be|br|ce|de|di|dé|ei|en|es|fo|hi|in|ma|me|mo|má|na|ne|no|nä|op|pa|pl|pr|st|te|th|to|up|ur|ve|vi|we|à |"
    "ве|ви|де|ин|ма|но|оп|по|со|те|ال|تف|مز|وي|يت"
)
_DEVELOPING_TAIL = re.compile(r"(?:MORE )?(?:DETAILS|UPDATES) TO (?:FOLLOW|COME)\W*$|MORE TO (?:FOLLOW|COME)\W*$")


def is_developing(paragraph: str) -> bool:
    """Whether a paragraph is, or ends with, the note of an unfinished article (DETAILS TO FOLLOW and its kin).

    Prose that merely says so ("he promised more details to follow") does not count: the note is a paragraph
    of its own, or in capitals at the end of one.
    """
    tail = paragraph[-60:]
    return (" TO " in tail and _DEVELOPING_TAIL.search(tail) is not None) or (
        len(paragraph) < 120
        and _may_begin(paragraph, _DEVELOPING_STARTS)
        and (_DEVELOPING_WHOLE.fullmatch(paragraph) or _DEVELOPING_ELSEWHERE.fullmatch(paragraph)) is not None
    )


_SHARE_PROMPT = re.compile(
    r"(?:(?:if you )?like this story\W+share it with a friend"
    r"|think your friends would be interested\W+share this story"
    r"|you can share this story on social media"
    r"|(?:subscribe|sign up) to (?:the )?rt newsletter to get news highlights[^.]{0,90}"
    r"|(?:the )?statements, views and opinions expressed in this (?:column|article) are solely those of the author "
    r"and do not necessarily represent those of rt)\W*$",
    re.IGNORECASE,
)
#: Longest prompt above with its punctuation: only the tail of a paragraph is searched, to keep it cheap.
_PROMPT_LENGTH = 200
_BOILERPLATE_LINE = re.compile(
    r"\W*(?:trends|tags|show comments|add to home screen|read more|also on rt\.com|top stories|podcasts"
    r"|get short url|follow (?:rt|us) on(?: [\w ,&]{1,25})?|advertisement"
    r"|(?:story|article) continues below(?: (?:the )?advertisement)?)\W*",
    re.IGNORECASE,
)


_NOTE_LENGTH = 500
_LONG_NOTE_LENGTH = 2000
#: What the other editions print as a paragraph of its own: a prompt to follow or to share, or a disclaimer. Source
#: lines ("المصدر: …") are the article's.
_BOILERPLATE_ELSEWHERE = re.compile(
    r"\W*(?:"
    # Spanish
    r"si te ha gustado\W+¡?comp[aá]rtelo con tus amigos|s[ií]guenos en (?:\w+|nuestr[oa]s? .{1,60})"
    r"|suscr[ií]bete a nuestro .{1,80}"
    r"|[uú]nete a nuestr[oa] canal.{0,80}|las (?:declaraciones|opiniones).{0,80}responsabilidad de su autor.{0,90}"
    # French
    r"|raconter l['’]actualit[eé]|suivez(?:[ -]nous| rt(?: france| en fran[cç]ais)?) sur .{1,60}"
    r"|abonnez-vous [aà] .{1,80}"
    r"|les opinions.{0,120}(?:sont le fait|celles) de leurs? auteurs?.{0,120}"
    # German
    r"|folge(?:n sie)? (?:uns|rt(?: de)?) auf(?: .{1,60})?|teile[nt]? .{0,20}(?:artikel|beitrag).{0,40}freunden"
    r"|abonnieren sie (?:unser|rt ).{1,60}|teilen sie (?:diesen|unseren) (?:artikel|beitrag).{0,40}"
    r"|rt (?:de|deutsch) bem[uü]ht sich um ein breites meinungsspektrum.{0,200}"
    r"|durch die sperrung von rt zielt die eu darauf ab.{0,1500}"
    # Russian
    r"|(?:нашли )?ошибк[ау] в тексте\W.{0,80}|подписывайтесь на .{1,80}|читайте нас в .{1,40}"
    r"|короткая ссылка|ранее на эту тему"
    r"|(?:точка зрения|мнение) автора может не совпадать .{1,60}"
    # Arabic
    r"|تابعوا rt(?: arabic)? على.{0,40}|تابعونا على.{0,40}|(?:يمكنكم متابعة|تابعوا) قناتنا .{1,40}"
    r"|انسخ الرابط|شارك بالتعليقات"
    r"|المقالة? [يت]عبر(?: فقط)? عن رأي .{1,60}"
    # Serbian, in both scripts
    r"|(?:пратите|запратите) (?:нас|рт балкан) на .{1,60}|pratite (?:nas|rt balkan) na .{1,60}"
    r"|преузмите .{0,30}апликацију.{0,60}|preuzmite .{0,30}aplikaciju.{0,60}"
    r")\W*",
    re.IGNORECASE,
)
_BOILERPLATE_STARTS = _starts("ab|du|fo|la|le|pr|ra|rt|si|su|sí|te|un|ún|за|ко|мн|на|ош|по|пр|ра|то|чи|ال|ان|تا|شا|يم")


def is_boilerplate_line(line: str) -> bool:
    """Whether a line is nothing but a label, a prompt or a printed date of the site's own."""
    return not strip_boilerplate(line) or _LABELLED_DATE.fullmatch(line) is not None


def strip_boilerplate(paragraph: str) -> str:
    """The paragraph without the share prompt or label that the site glues to it; "" when nothing else is left.

    Source: docs/extend/site.md#boilerplate (in April 2021 the prompt was glued to the last paragraph).
    """
    tail_start = max(0, len(paragraph) - _PROMPT_LENGTH)
    # Letters beyond ASCII, which take long to lower, are none of the prompts': those of bytes stay as they are.
    tail = paragraph[tail_start:].encode("utf-8", "replace").lower()
    if b"share" in tail or b"rt newsletter" in tail or b"necessarily represent" in tail:
        match = _SHARE_PROMPT.search(paragraph, tail_start)
        if match is not None:
            paragraph = paragraph[: match.start()].rstrip()
    if len(paragraph) < 40 and (not re.search(r"\w", paragraph) or _BOILERPLATE_LINE.fullmatch(paragraph)):
        return ""
    # The German edition's is a paragraph of a hundred words.
    is_long = paragraph.startswith("Durch die Sperrung von RT ")
    is_short = len(paragraph) < (_LONG_NOTE_LENGTH if is_long else _NOTE_LENGTH)
    if is_short and _may_begin(paragraph, _BOILERPLATE_STARTS) and _BOILERPLATE_ELSEWHERE.fullmatch(paragraph):
        return ""
    return paragraph


_LABELLED_DATE = re.compile(
    rf"\W*(?:(?:published|edited|updated)(?: time)?\W+)?{VISIBLE_DATE.pattern}\W*", re.IGNORECASE
)
_LABELS_ELSEWHERE = (
    # Spanish
    r"(?:lea|lee|leer|ver|vea) (?:m[aá]s|tambi[eé]n|adem[aá]s)|m[aá]s (?:informaci[oó]n|sobre el tema)"
    r"|[lt]e puede interesar"
    # French
    r"|(?:[aà] )?lire (?:aussi|[eé]galement)|voir aussi|sur le m[eê]me (?:th[eè]me|sujet)"
    # German
    r"|mehr (?:zum thema|dazu|lesen)|lesen sie (?:auch|mehr)|weiterlesen|siehe auch"
    # Russian
    r"|(?:читайте|смотрите) (?:также|ещ[её])|(?:ранее |также )?(?:по|на эту) тем[еу]|подробнее"
    # Arabic
    r"|[اإأ]قرأ(?:وا)? (?:المزيد|أيضا[ً]?|أيضًا|ايضا)|شاهد (?:أيضا[ً]?|المزيد)"
    # Serbian, in both scripts
    r"|(?:про)?читајте (?:још|и)|погледајте (?:још|и)|опширније"
    r"|(?:pro)?čitajte (?:još|i)|pogledajte (?:još|i)|opširnije"
)
_LABEL_LENGTH = 50
#: Labels that are none in prose: with a colon, before a link that is all that follows.
_BEFORE_LINK = re.compile(
    r"\W*(?:related(?: (?:stories|articles|news))?|don['’]t miss|recommended|m[aá]s|adem[aá]s|lire"
    r"|[aà] voir|en savoir plus|weitere informationen|dazu mehr|auch interessant|zum thema|sehen sie auch"
    r"|lesen sie mehr zum thema"
    r"|см\. также|подробности|подробнее (?:об этом )?(?:читайте )?в (?:нашем )?материале|читайте по теме|ещ[её] по теме"
    r"|المزيد|لمزيد من (?:التفاصيل|المعلومات)|لقراءة المزيد|طالع(?:وا)? أيضا|[اإأ]قرأ/ي أيضا"
    r"|више о (?:томе|теми)|детаљније|повезане вести|više o (?:tome|temi)|detaljnije|povezane vesti) ?:\s*",
    re.IGNORECASE,
)
_RELATED_LABEL = re.compile(
    r"\W*(?:read more|read also|also read|see also|watch more|also on rt(?:\.com)?|more on this story"
    rf"|(?:{_LABELS_ELSEWHERE})(?!\w))\s*(?::|[-–—]|$)?\s*",
    re.IGNORECASE,
)
_RELATED_STARTS = _starts(
    "a |al|le|li|ma|me|mo|má|op|po|pr|re|se|si|su|te|ve|vo|wa|we|à |či|на|оп|по|пр|ра|см|та|чи|أق|إق|اق|شا"
)
_RELATED_ELSEWHERE = re.compile(rf"\W{{0,3}}(?:{_LABELS_ELSEWHERE})\s*(?:[:–—-]|$)", re.IGNORECASE)
_RELATED_LINE = re.compile(
    r"\W{0,3}(?:READ MORE|READ ALSO|ALSO READ|SEE ALSO|WATCH MORE|(?:Read more|Read also|Also read|See also|Watch more)"
    r"\s*:|Also on rt\.com)",
)


def is_related_line(paragraph: str) -> bool:
    """Whether a line is a pointer to another article: READ MORE: and its kin at its start."""
    return (_RELATED_LINE.match(paragraph) or _RELATED_ELSEWHERE.match(paragraph)) is not None


def strip_related_label(text: str) -> str:
    """The title of a read-more line or card without its label."""
    match = _BEFORE_LINK.match(text) if ":" in text[:_LABEL_LENGTH] else None
    if match is None and _may_begin(text, _RELATED_STARTS):
        match = _RELATED_LABEL.match(text)
    return text[match.end() :].strip() if match else text


_LABELS = re.compile(
    r"home|portada|accueil|startseite|почетна|početna|world news|russia today|"
    r"rt news|rt international|rt question more|published time|edited time|"
    r"(?:get )?short url|trends|tags|share|(?:facebook|twitter|telegram|vk|whatsapp|reddit)",
    re.IGNORECASE,
)


_DATE_LABEL = re.compile(
    r"\b(?:published|edited|updated)(?: time)?(?=:)|تاريخ النشر|(?:آخر )?تحديث|publicado", re.IGNORECASE
)


def protected_spans(text: str) -> list[tuple[int, int]]:
    """Where a text holds what decides how it is read: the site's own labels, prompts and marks, credits and dates.

    For a page whose words are replaced: without these it would be read otherwise.
    """
    text = re.sub(r"\s", " ", text)
    start = len(text) - len(text.lstrip())
    whole = text.strip()
    patterns = (_DEVELOPING_WHOLE, _DEVELOPING_ELSEWHERE, _BOILERPLATE_LINE, _BOILERPLATE_ELSEWHERE, _LABELS)
    if is_site_name(whole) or any(pattern.fullmatch(whole) for pattern in patterns):
        return [(start, start + len(whole))]
    found = [
        match.span() for pattern in (VISIBLE_DATE, _DATE_LABEL, _DEVELOPING_TAIL) for match in pattern.finditer(text)
    ]
    found += [match.span() for match in _SHARE_PROMPT.finditer(text)]
    found += [match.span() for pattern in (LOCAL_DATE, CREDIT_LABEL) for match in pattern.finditer(text)]
    labels = (_RELATED_LABEL, _BEFORE_LINK, _RELATED_LINE, _RELATED_ELSEWHERE)
    found += [match.span() for label in labels if (match := label.match(text))]
    return found + [match.span() for match in re.finditer("READ MORE:|Also on rt.com", text)]
