"""What use cases need of outside systems and of blocking libraries: sign-on providers, hashing, images, tokens, sealing."""
