"""The tree against the published vectors of RFC 6962 and its reference implementation."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from proof import Tree, leaf_hash

LEAVES = [
    bytes.fromhex(leaf)
    for leaf in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.feature("X-10")
def test_the_roots_are_those_of_the_reference() -> None:
    assert [Tree(LEAVES[:n]).root for n in range(9)] == ROOTS


@pytest.mark.feature("X-10")
def test_an_inclusion_path_is_that_of_the_reference() -> None:
    assert Tree(LEAVES).inclusion(5).path == (
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    )


@pytest.mark.feature("X-10")
@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=8), min_size=1, max_size=70, unique=True), st.data())
def test_a_proof_holds_for_its_leaf_and_for_nothing_else(leaves: list[bytes], data: st.DataObject) -> None:
    tree = Tree(leaves)
    index = data.draw(st.integers(0, len(leaves) - 1))
    proof = tree.inclusion(index)
    assert proof.holds(leaves[index])
    assert not any(proof.holds(leaf) for i, leaf in enumerate(leaves) if i != index)
    assert not proof.model_copy(update={"path": (*proof.path, proof.root)}).holds(leaves[index])
    assert not proof.model_copy(update={"root": Tree([*leaves, b"another"]).root}).holds(leaves[index])
    if proof.path:
        assert not proof.model_copy(update={"path": proof.path[:-1]}).holds(leaves[index])


@pytest.mark.feature("X-10")
def test_an_inner_node_is_not_accepted_as_a_leaf() -> None:
    tree = Tree(LEAVES[:4])
    proof = tree.inclusion(0)
    inner = bytes.fromhex(proof.path[0])
    assert not proof.model_copy(update={"size": 2, "path": proof.path[1:]}).holds(LEAVES[0] + inner)
    with pytest.raises(IndexError):
        tree.inclusion(4)


@pytest.mark.feature("X-10")
def test_a_tree_of_hashes_is_the_tree_of_their_leaves() -> None:
    tree = Tree.of_hashes([leaf_hash(leaf) for leaf in LEAVES])
    assert (tree.size, tree.root) == (8, ROOTS[8])
    assert tree.inclusion(5) == Tree(LEAVES).inclusion(5)
