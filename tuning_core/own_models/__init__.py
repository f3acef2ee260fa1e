"""Models of one's own: a file's ``build_model(hp)`` or ``HyperModel``, as Keras Tuner takes them.

The code runs in this process, with all that the process may do: whoever starts a study of it, or
the server, has chosen the file.
"""
