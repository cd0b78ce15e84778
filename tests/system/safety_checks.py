"""What may never be on a page, asked of a real browser: anything that runs, and text that turns what is beside it.

Each check is a function body that returns what is wrong, as a list of texts: see ``page_checks``.
"""

# Runs before a page does: an attack that gets through is counted, whatever it calls.
WATCH = """
    window.attacked = [];
    for (const name of ['alert', 'confirm', 'prompt', 'open'])
        window[name] = (...given) => { window.attacked.push(`${name}(${given})`); return null; };
    document.addEventListener('securitypolicyviolation', each => window.attacked.push(`${each.violatedDirective} ${each.blockedURI}`));
"""
SAFETY_CHECKS = {
    "nothing ran": "return window.attacked || ['nobody watched'];",
    "nothing can run": """
        const found = [];
        const forbidden = 'script, iframe, frame, object, embed, applet, base, meta[http-equiv], style, template, portal, marquee, math, audio, video, [style], [srcdoc], [ping], [formaction]';
        for (const each of document.querySelectorAll(forbidden)) found.push(`there is a ${each.outerHTML.slice(0, 80)}`);
        for (const each of document.querySelectorAll('*'))
            for (const {name, value} of each.attributes) {
                if (name.startsWith('on')) found.push(`${each.tagName} has ${name}`);
                if (/^(href|src|action|cite|xlink:href|data|poster)$/.test(name)) {
                    const to = new URL(value, location.href);
                    if (!/^https?:$/.test(to.protocol)) found.push(`${each.tagName} leads to ${value.slice(0, 60)}`);
                    if (each.tagName !== 'A' && each.tagName !== 'LINK' && to.origin !== location.origin) found.push(`${each.tagName} asks ${value.slice(0, 60)}`);
                    if (each.tagName === 'A' && /^http/.test(to.protocol) && to.origin !== location.origin && !/noreferrer/.test(each.rel)) found.push(`${value.slice(0, 60)} is told where its readers come from`);
                }
            }
        for (const each of document.querySelectorAll('img')) if (new URL(each.src).origin !== location.origin) found.push(`img ${each.src}`);
        return found.slice(0, 10);
    """,
    # Letters of one script in one line stand in their script's order, unless a control character beside them turned it.
    "letters are in order": """
        const found = [], turning = /[\\u202a-\\u202e\\u2066-\\u2069]/;
        const scripts = [[/[A-Za-z][A-Za-z ]*[A-Za-z]/, 1], [/[\\u0590-\\u05ff\\u0620-\\u064a][\\u0590-\\u05ff\\u0620-\\u064a ]*[\\u0590-\\u05ff\\u0620-\\u064a]/, -1]];
        const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), range = document.createRange();
        const at = (node, place) => { range.setStart(node, place); range.setEnd(node, place + 1); return range.getBoundingClientRect(); };
        while (walk.nextNode()) {
            const node = walk.currentNode, text = node.textContent;
            if (turning.test(text) || !text.trim() || node.parentElement.closest('svg, option, .sr, .skip')) continue;
            const whole = node.parentElement.closest('bdi, a, del, ins, [dir]:not(html)');
            if (whole && turning.test(whole.textContent)) continue;
            for (const [letters, sense] of scripts) {
                const run = letters.exec(text);
                if (!run) continue;
                const [first, last] = [at(node, run.index), at(node, run.index + run[0].length - 1)];
                if (!first.width || !last.width || Math.abs(first.top - last.top) > 2) continue;
                if (sense * (last.left - first.left) < -1) found.push(`turned round: ${run[0].slice(0, 60)} in ${node.parentElement.outerHTML.slice(0, 80)}`);
            }
        }
        return found.slice(0, 10);
    """,
    # What turns must be alone in its block, or in an element that keeps its direction to itself, or among its own words.
    # A name between the two marks that keep it apart (U+2068, U+2069), without any such sign in it, turns nothing.
    "what turns is kept apart": """
        const found = [], turning = /[\\u202a-\\u202e\\u2066-\\u2069]/;
        const apart = /\\u2068[^\\u202a-\\u202e\\u2066-\\u2069]*\\u2069/g;
        const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        while (walk.nextNode()) {
            const node = walk.currentNode;
            if (!turning.test(node.textContent.replace(apart, ''))) continue;
            let each = node.parentElement;
            while (each && !/isolate|plaintext/.test(getComputedStyle(each).unicodeBidi) && /^inline$/.test(getComputedStyle(each).display)) each = each.parentElement;
            if (/isolate|plaintext/.test(getComputedStyle(each).unicodeBidi) && getComputedStyle(each).display === 'inline') continue;
            if (each.hasAttribute('lang') && each.hasAttribute('dir')) continue;  // all of it is an outlet's own words
            const own = [...each.querySelectorAll('a')].find(part => part.contains(node)) || node;
            if (each.textContent.replace(own.textContent, '').trim()) found.push(`${each.outerHTML.slice(0, 160)}`);
        }
        return found.slice(0, 10);
    """,
}
