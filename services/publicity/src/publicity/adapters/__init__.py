"""What use cases need of cryptography: sealing who complained."""
