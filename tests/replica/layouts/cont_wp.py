"""The pages of 2013 and of 2014-15: one skeleton without a wrapper around the prose, `div.cont-wp`."""

# Markup stands on the lines on which the site prints it.

from __future__ import annotations

from datetime import datetime

from tests.replica.feed_dates import rfc822
from tests.replica.heads import Head
from tests.replica.layouts.common import PageContext, inline_css, inline_script, title_suffix
from tests.replica.spans import attr, hard_wrap, spans_html, text_html
from tests.replica.story import LAYOUT_2013, Block, Paragraph, Picture, Player, Related, Story, Tweet
from tests.replica.text import Newswire

_MENU_2013 = (
    ("/news/", "News"),
    ("/usa/", "USA"),
    ("/politics/", "Russian politics"),
    ("/business/", "Business"),
    ("/op-edge/", "Op-Edge"),
    ("/in-vision/", "In vision"),
    ("/in-motion/", "In motion"),
    ("/shows/", "Shows"),
    ("/bulletin-board/", "Bulletin board"),
    ("/more/", "More"),
)


def render(story: Story, context: PageContext) -> str:
    """The whole page. `lang` says Russian, and three `h1`s stand around the right one, as on the site."""
    first = story.layout == LAYOUT_2013
    others = context.others
    doc_page = "" if first else " doc-page"
    return f"""<!DOCTYPE html>
<html lang="ru">
<head>{_head(story, first)}</head>
<body class="">
<div class="b-main_extension"><div class="b-min_width"><a class="b-main_extension_close" href=""><span>&nbsp;</span></a>
        <p class="b-main_extension_message"><i class="icon">&#160;</i>Keep up with the news by installing RT’s extension for <span></span>. Never miss a story.</p>
    </div></div>
{_header(story, first, context.now)}
            <div class="page">
{_breaking(others[:1])}
    <i class="border-bg"></i>
<div class="content p-page{doc_page}">
    <ul class="crumbs">
        <li><a href="/">Home</a> /</li>
        {"".join(f'<li><a href="{path}">{text_html(name)}</a> /</li>' for name, path in story.breadcrumbs)}
    </ul>
    <div class="content-wp  no_bold">
        <div class="cont-wp-mid">
            <div class="cont-wp">
                <h1>{text_html(story.headline)}</h1>
                <div class="cont-wp-mid max_width">
{_clock(story)}
{_image(story, first)}
                  <div style="overflow:hidden">{_share(first)}</div>
                </div>
{_labels(story)}
                <p>{text_html(story.lead or "")}</p>
{_prose(story, first)}
                {_share(first) if first else '<div class="clear"></div>' + _share(first)}
            </div>
            {_comments(story, first)}
        </div>
    </div>
    <div class="aside">{_recommended(others[1:6])}</div>
</div></div>
<div class="footer"><p>© Autonomous Nonprofit Organization “TV-Novosti”, 2005–{story.published_at.year}. All rights reserved.</p></div>
{inline_script(21, 40)}
</body>
</html>
"""


def _head(story: Story, first: bool) -> str:
    headline, lead = attr(story.headline), attr(story.lead or "")
    address = story.url.replace("https://www.rt.com", "http://rt.com")
    short = lead if story.variant % 2 else lead[: len(lead) * 2 // 3].rsplit(" ", 1)[0] + "…"
    image = ""
    if story.image:
        image = f'<meta property="og:image" content="{story.image.url}" />\n        <link rel="image_src" href="{story.image.url}" />'
    dates = ""
    if not first:
        dates = f"""
                    <meta name='publish-date' content='{rfc822(story.published_at)}' />
                <meta name="apple-itunes-app" content="app-id=649316948, app-argument=rtnews://articles/{story.number}" />"""
    return f"""
    <title>{text_html(story.headline)} — {title_suffix(story.section, modern=False)}</title>    <meta name="description" content="{short}" >
<meta name="keywords" content="" >
<meta name="twitter:card" content="summary" >
<meta name="twitter:url" content="{address}" >
<meta name="twitter:title" content="{headline}" >
<meta name="twitter:description" content="{lead}" >
<meta name="twitter:site" content="@RT_com" >    <meta charset="UTF-8">
    <meta name="viewport" content="width=device-width, initial-scale=1.0, user-scalable=no" />
        <!-- Special meta for facebook -->
                    <meta property="og:title" content="{headline}" />
            <meta property="og:description" content="{lead}" />
                <meta property="og:url" content="{address}" />
        {image}{dates}
    <link rel="shortcut icon" href="http://rt.com/favicon.ico" type="image/x-icon" />
    {inline_css(2013, 120)}
    <script>
        var controllerName = '{story.section}';
        var site_domain = 'rt.com';
        var doc_id = {story.number};
    </script>
    {inline_script(22, 20)}
"""


def _header(story: Story, first: bool, now: datetime) -> str:
    items = "".join(
        f'<li class="{"active" if path == f"/{story.section}/" else ""}"><a href="{path}">{name}</a></li>\n                '
        for path, name in _MENU_2013
    )
    logo = '<h1><a href="/"><img src="/static/img/static/logo.jpg" alt="" title=""></a></h1>'
    return f"""<div class="main-header"><div class="main-header-wp"><div class="head-nav clearfix">
            <ul class="lang"><li class="button">Version <span>&#x25BC;</span></li><li><a href="//arabic.rt.com/" target="_blank">Arabic</a></li><li><a href="//actualidad.rt.com/" target="_blank">Spanish</a></li></ul>
            <ul class="alternative"><li class="mob-apps"><a href="/mobile-apps/">Mobile apps</a></li><li class="rss"><a href="/rss/{story.section}/">RSS</a></li></ul></div>
        <div class="logo">{logo if first else logo.replace("h1>", "div>")}<div class="logo_text"><h2><img src="/static/img/static/question-more.png" alt=""></h2><p class="upper btn-live"><a href="/on-air/" class="live">live</a></p></div></div>
        <div class="search"><form action="/search/everywhere/" method="get"><fieldset><legend>search</legend><input type="text" name="term" value=""><label><div id="hours">{now:%H:%M} GMT, {now:%b %d, %Y}</div></label></fieldset></form></div>
        <div class="main-nav"><div class="button">Section</div><ul>
                {items}</ul></div>
    </div></div>"""


def _breaking(heads: tuple[Head, ...]) -> str:
    return "".join(
        f"""        <div class="rubric breaking_news"><p class="title">Breaking news</p>
            <p class="text"><i class="icon"></i><a href="{head.path}">{text_html(head.headline)}</a></p>
            <div class="marquee"><a href="{head.path}">{text_html(head.headline)}</a></div></div>"""
        for head in heads
    )


def _clock(story: Story) -> str:
    edited = ""
    if story.modified_at:
        edited = f"""                                        <br>
                                Edited time: {story.modified_at:%B %d, %Y %H:%M}"""
    address = story.url.replace("https://www.rt.com", "http://rt.com")
    return f"""                    <div class="acticle_clock">
						<!-- time -->
                        <span class="time">
                            Published time: {story.published_at:%B %d, %Y %H:%M}                    {edited}                                </span>
                        <!--// time -->
                        <div id="get-short-url"><a href="" class="get" data-url="{address}">Get short URL</a><div class="url"></div></div>
                       <div class="i-clears i-mh"></div>
                    </div>"""


def caption_line(picture: Picture, variant: int) -> str:
    """`Caption (Credit)`, the bracket sometimes glued to the full stop; a credit alone stands without brackets."""
    if picture.caption and picture.credit:
        return f"{picture.caption}{'' if variant % 3 == 0 else ' '}({picture.credit})"
    return picture.caption or picture.credit or ""


def _image(story: Story, first: bool) -> str:
    if not story.image:
        return ""
    line = caption_line(story.image, story.variant)
    small = story.image.url.replace(".jpg", ".si.jpg").replace("http://rt.com", "" if first else "http://img.rt.com")
    footer = f'<p class="article_img_footer">{text_html(line)}</p>' if line else ""
    return f"""                  <div class="article_img" style="float: none; margin-left: 0px; margin-right: 0px;">
                    <img title="" src="{small}" alt="{attr(line)}" style="float: none;">
                                        {footer}
                                      </div>"""


def _share(first: bool) -> str:
    if first:
        return (
            '<div class="sharebutton"><!-- AddThis Button BEGIN --><div class="addthis_toolbox addthis_default_style"><a class="addthis_button_tweet" tw:lang="en"></a>'
            '<div class="button reddit"></div><span class="shares-count">1.2K</span></div><!-- AddThis Button END --></div><div class="clearboth"></div>'
        )
    return (
        "<!-- Go to www.addthis.com/dashboard to customize your tools -->\n"
        '<div class="addthis_sharing_toolbox"></div>\n<div class="addthis_responsive_sharing"></div>\n<div class="clearboth"></div>'
    )


def _labels(story: Story) -> str:
    parts = []
    for kind in ("trends", "tags"):
        links = ", ".join(f'<a href="{tag.path}">{text_html(tag.name)}</a>' for tag in story.tags if tag.kind == kind)
        if links:
            parts.append(f"<p>{kind.capitalize()}</p>\n                            {links}    ")
    inner = "                                                    ".join(parts)
    return f"""                <div class="b-tags_trends">
                    <div class="b-tags_trends-hrcol">
                                                    {inner}                                            </div>
                </div>"""


def _prose(story: Story, first: bool) -> str:
    """The body: hard-wrapped `<p>`s without a wrapper; some stories break paragraphs by `<br><br>` only."""
    emphasis = "i" if first else "em"
    merged = story.variant % 4 == 0
    parts: list[str] = []
    run: list[str] = []
    for block in story.blocks:
        prose = isinstance(block, Paragraph) and block.role in ("p", "developing")
        if run and not (prose and merged):
            parts.append(_joined(run, emphasis))
            run = []
        if isinstance(block, Paragraph) and prose:
            markup = hard_wrap(spans_html(block.spans, entities=False, emphasis=emphasis))
            run.append(_with_quirks(markup, story.variant, len(parts)))
        else:
            parts.append(_block(block, emphasis, story.variant))
    if run:
        parts.append(_joined(run, emphasis))
    if first:
        parts.append("<p>\n  <br></p>")
    return "".join(parts)


def _joined(run: list[str], emphasis: str) -> str:
    """Paragraphs in one `<p>`; two breaks stand between them, and may straddle the edge of a quotation."""
    text = "\n  <br><br>\n".join(run)
    text = text.replace(f"<br><br>\n  <{emphasis}>", f"<br><{emphasis}><br>\n  ")
    return f"<p>\n{text}\n</p>"


def _with_quirks(markup: str, variant: int, position: int) -> str:
    """What the editor of the day left behind: an empty link in a sentence, a span with a background."""
    if variant % 7 == 3 and position == 1:
        return markup.replace("\n", '\n  <a href=""></a>', 1)
    if variant % 7 == 5 and position == 0:
        return f'  <span style="background-color: initial">{markup.strip()}</span>'
    return markup


def _block(block: Block, emphasis: str, variant: int) -> str:
    if isinstance(block, Paragraph):
        inner = hard_wrap(spans_html(block.spans, entities=False, emphasis=emphasis))
        return f"<p>\n  <strong>{inner.strip()}</strong>\n</p>"
    if isinstance(block, Tweet):
        return (
            f'<blockquote class="twitter-tweet" lang="en">\n  <p>\n{hard_wrap(text_html(block.message))}\n  </p>\n  <p>\n    — {text_html(block.name)} (@{block.handle}) '
            f'<a href="{block.url}">{block.day}</a>\n  </p>\n</blockquote>'
        )
    if isinstance(block, Player):
        return f'<p>\n  <iframe src="{attr(block.url)}" width="690" height="388" frameborder="0"></iframe>\n</p>'
    if isinstance(block, Related):
        title = text_html(block.title)
        link = f'<a href="{block.href}" target="_blank">'
        if block.form == "bold-line":
            return f"<p>\n  <strong>READ MORE:</strong> {link}{title}</a>\n</p>"
        if variant % 11 == 0:
            # An address with a stray space before it, corrected by a second, empty link.
            return f'<p>\n  <a href="%20{block.href}" target="_blank">READ MORE: {title}</a>{link}</a>\n</p>'
        return f"<p>\n  {link}READ MORE: {title}</a>\n</p>"
    return f'<p>\n  <img src="{block.url.removeprefix("http://rt.com")}" alt="{attr(caption_line(block, 1))}" style="float: none; margin: 0px;"></p>'


def _comments(story: Story, first: bool) -> str:
    """Readers' comments in `<p>`s (2013), or the empty box of a comment service."""
    if not first:
        return f'<div id="taboola-below-article-thumbnails"></div><div id="hypercomments_widget"></div><script>var _hcp = {{ xid: {story.number} }};</script>'
    wire = Newswire(story.number)
    users = "".join(
        f'<div class="b-comments_page-user" data-id="{story.number + index}"><h4><span class="b-username">{text_html(wire.people[index])}</span> '
        f'<span class="b-data">{story.published_at:%d.%m.%Y %H:%M}</span></h4><div class="b-comments_page-message"><p>{text_html(wire.remark())}<br>\n<br>\n{text_html(wire.remark())}</p></div></div>'
        for index in range(4)
    )
    return f"""<div class="i-clears i-mh"></div><div class="b-comments_page"><h3 class="b-comments_page-header">Comments <span class="b-number_comments">(4)</span></h3>
{users}<form class="b-login"><p>Log in to leave a comment</p><p>Forgot your password?</p></form></div>"""


def _recommended(heads: tuple[Head, ...]) -> str:
    cards = "".join(
        f'<div class="b-sidebar_min-prewiev_col"><div class="b-sidebar_min-prewiev_col-el"><a href="{head.path}"><img src="/files/news/{head.number}.op.jpg" alt=""></a>'
        f'<div class="b-sidebar_min-prewiev_col-bottom"><p class="b-sidebar_min-prewiev_col-bottom_el"><a href="{head.path}">{text_html(head.headline)}</a>'
        f'<a href="{head.path}comments/" class="comments"> 15</a></p></div></div></div>'
        for head in heads
    )
    return f'<div class="cont-wp clearfix grid col-med-simple more_from_author"><h1>Recommended</h1><div class="b-sidebar_min-prewiev">{cards}</div></div>'
