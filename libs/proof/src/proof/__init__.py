"""Signatures, Merkle trees and sealed documents, verifiable offline."""
