"""Sandboxed Jinja: a template and what is known about a person become a message.

From the bottom: ``missing`` and ``budget`` (what a template may not do), ``sandbox`` (the language that is left),
``context`` (what a template can say), ``renderer`` (the parts of a message), ``requirements`` and ``checking`` (what is
known about a template before anybody is written to).
"""
