"""What the edits of a cause change, layer by layer, wherever the number is written."""


def changes_of(edit):
    """[(layer, argument, new value)] of the layers that follow a number written elsewhere, else the edit itself."""
    if edit.home:
        return [(each.layer, each.argument, each.suggestion) for each in edit.following]
    return [(layer, edit.argument, edit.suggestion) for layer in edit.layers or (edit.layer,)]


def changes_in(cause):
    """The same of all edits of a cause but for the import that its text needs."""
    return [change for edit in cause.edits if edit.argument != "import" for change in changes_of(edit)]
