"""Preprocessor of mdBook: drops front matter, and mends links that work in the repository but not in the book.

mdBook runs it as `pages.py supports RENDERER`, then with [context, book] on stdin.
"""

import json
import re
import sys

FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n+", re.DOTALL)
# The introduction includes the README, which is a folder above.
README_LINK = re.compile(r"\]\(docs/")
# mdBook makes index.html of README.md, but leaves links to it alone.
TO_README = re.compile(r"(\]\((?:[\w./-]*/)?)README\.md")


def fix(sections):
    for section in sections:
        if chapter := isinstance(section, dict) and section.get("Chapter"):
            text = FRONT_MATTER.sub("", chapter["content"], count=1)
            if chapter["path"] == "introduction.md":
                text = README_LINK.sub("](", text)
            chapter["content"] = TO_README.sub(r"\1index.md", text)
            fix(chapter["sub_items"])


if sys.argv[1:2] != ["supports"]:
    _, book = json.load(sys.stdin.buffer)
    fix(book["items"])
    json.dump(book, sys.stdout)
