"""What a run shows: numbers as values, and how they look in a terminal, on a page and as JSON.

``summary``, ``distributions``, ``sampling`` and ``people`` gather; ``rundown`` holds what there is to tell. ``dry_run``
and ``explanation`` draw with rich, ``record`` is for machines. Pages of HTML are put together from ``frame``,
``charts``, ``palette``, ``phrases`` and the templates in ``pages``; ``page`` shows a single message.
"""
