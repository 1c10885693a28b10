"""What is asked of a page in the browser, as JavaScript."""

from __future__ import annotations

#: A number that changes when anything is added, removed or written.
SIZE = "() => document.getElementsByTagName('*').length * 1e6 + (document.body ? document.body.textContent.length : 0)"

#: The button that loads more of a listing (SITE.md section 4), the one with an address before others.
_BUTTON = """
    const more = document.querySelector('#listingBtn')
        || document.querySelector('button[data-href*="/listing/"], [data-href*="/listing/"] button')
        || document.querySelector('[data-href*="/listing/"], div.button a[href*="/listing/"]');
"""
HAS_MORE = f"() => {{ {_BUTTON} return more !== null; }}"
CLICK_MORE = f"() => {{ {_BUTTON} if (more) {{ more.click(); }} }}"

#: Accepts the cookies in a box that is about cookies, and hides such boxes that lie over the page.
ACCEPT_COOKIES = """() => {
    const about = /cookie|consent|gdpr/i;
    const yes = /^\\W*(accept|agree|allow|i agree|i accept|got it|ok)\\b/i;
    const boxes = [...document.querySelectorAll('div, section, aside, dialog, form, footer')].filter(
        (box) => about.test(box.id + ' ' + (box.getAttribute('class') || '')));
    const buttons = boxes.flatMap((box) => [...box.querySelectorAll('button, [role="button"], input[type="button"]')]);
    const accept = buttons.find((button) => yes.test(button.textContent || button.value || ''))
        || document.querySelector('.js-cookies-button');
    if (accept) { accept.click(); }
    for (const box of boxes) {
        if (box.isConnected && ['fixed', 'sticky'].includes(getComputedStyle(box).position)) {
            box.style.display = 'none';
        }
    }
    return Boolean(accept);
}"""

#: A page opens no windows; a dialog is nobody's to answer.
QUIET = "window.open = () => null;"
