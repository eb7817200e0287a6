"""The verb `image`: which static libraries are inside linked images, and whether every module finds its symbols.

This feature is self-contained: removing this folder and its line in `arfix/cli/commands.py` removes the verb.
"""
