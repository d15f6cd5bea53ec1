"""What runs in the sandbox of files: judging uploads, clean copies, pictures of pages.

It is apart from `servicekit.files`, and nothing is imported here, so that a process starts fast.
"""
