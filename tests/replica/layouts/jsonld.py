"""The three JSON-LD blocks that open the body since 2019. From 2022 the first one is not valid JSON, as on the site."""

from __future__ import annotations

import json

from tests.replica.layouts.common import sized
from tests.replica.story import HOST, LAYOUT_2015_OPEDGE, LAYOUT_2022_OPED, Story


def _json(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("</", "<\\/")


def jsonld(story: Story, *, broken_organization: bool, with_dates: bool = True) -> str:
    """All three blocks, each in a script of its own."""
    return _organization(broken_organization) + _breadcrumbs(story) + _article(story, with_dates)


def _organization(broken: bool) -> str:
    comma = "," if broken else ""
    return f"""<script type="application/ld+json">
            {{
                "@context": "http://schema.org",
                "@type": "Organization",
                "url": "{HOST}",
                "logo": "{HOST}/static/img/logo112x112.png",
                "name": "RT",
                "legalName": "Autonomous non-profit organization (ANO) \\"TV-Novosti\\"",
                "sameAs": [
                    "https://twitter.com/RT_com",
                    "https://www.youtube.com/user/RussiaToday"{comma}
                ],
                "potentialAction": {{
                    "@type": "SearchAction",
                    "target": "{HOST}/search?q={{search_term_string}}",
                    "query-input": "required name=search_term_string"
                }}
            }}
        </script>"""


def _breadcrumbs(story: Story) -> str:
    name, path = story.breadcrumbs[-1]
    crumbs = (("RT", HOST), (name.capitalize(), HOST + path), (story.headline, story.url))
    items = ",".join(
        f"""
                    {{
                        "@type": "ListItem",
                        "position": {position},
                        "name": {_json(label)},
                        "item": "{address}"
                    }}"""
        for position, (label, address) in enumerate(crumbs, 1)
    )
    return f"""<script type="application/ld+json">
            {{
                "@context": "http://schema.org",
                "@type": "BreadcrumbList",
                "itemListElement": [{items}
                ]
            }}
        </script>"""


def _article(story: Story, with_dates: bool) -> str:
    oped = story.layout in (LAYOUT_2022_OPED, LAYOUT_2015_OPEDGE)
    author_type, author = ("Person", story.authors[0].name) if story.authors else ("Organization", "RT")
    image = ""
    if story.image:
        image = f"""
              "image": [{{
                  "@type": "ImageObject",
                  "url": "{sized(story.image.url, "article")}",
                  "height": 576,
                  "width": 1024
              }}],"""
    dates = ""
    if with_dates:
        modified = story.modified_at or story.published_at
        dates = f"""
              "datePublished": "{story.published_at.isoformat(timespec="seconds")}",
              "dateModified": "{modified.isoformat(timespec="seconds")}","""
    return f"""<script type="application/ld+json">
          {{
              "@context": "http://schema.org",
              "@type": "{"Article" if oped else "NewsArticle"}",
              "mainEntityOfPage": {{
                  "@type": "WebPage",
                  "@id": "{story.url}"
              }},
              "headline": {_json(story.headline)},{image}
              "author": {{
                  "@type": "{author_type}",
                  "name": {_json(author)}
              }},{dates}
              "publisher": {{
                  "@type": "Organization",
                  "name": "RT",
                  "logo": {{
                      "@type": "ImageObject",
                      "url": "{HOST}/static/img/logo112x112.png"
                  }}
              }},
              "description": {_json(story.description)}
          }}
        </script>"""
