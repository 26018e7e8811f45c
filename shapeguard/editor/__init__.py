"""What an editor shows of a program while it is written: shapes, arithmetic, findings and their edits.

    source = python_source(uri, path, text)      a text as the editor has it; a notebook is one program of several parts
    analysis = analysed(source)                  its hints and findings, by `static/` and `linting/` alone
    hover = hover_at(analysis, place)            why a size is what it is, and what an argument decides

Only `server` and `messages` know the Language Server Protocol, and import `pygls`. Everywhere else lines count from 1,
and columns from 0 in characters.
"""
