"""The rules of one deployment as data, and the questions they answer."""
