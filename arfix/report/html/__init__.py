"""The HTML report (`--report FILE.html`): one file with everything in it, for people who would rather look.

`model.py` has the values that a report consists of; the builders fill them (`findings.py`, `link.py`, `pages.py`, and
`page.py` in the folders of image, diff, diagnose and survey); `render.py` makes the file from `page.html.j2`,
`page.css` and `page.js`. The option is declared in `arfix/cli/report_option.py`.
"""
